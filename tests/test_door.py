"""A team as somebody else's LangGraph: what they keep may be lost or old, the journal decides."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType]
from langsmith.run_helpers import get_tracing_context

import remit
from remit.agents.agent import Desk
from remit.agents.behaviour import load as behaviour
from remit.agents.simulated import Simulated
from remit.agents.team_file import load as load_team
from remit.answers import Choice, Word
from remit.asked import ordered
from remit.door import BEGIN
from remit.graph.moves import START_NODE, edges
from remit.graph.order import Order
from remit.graph.wiring import recursion_limit
from remit.inbox import answer, inbox
from remit.runs import now
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed, InputError, RunBusy
from remit.state.policy import shipped
from remit.state.report import Report
from remit.state.vocabulary import ROLES

PLAYED: dict[str, Any] = {"seed": 3, "human": "simulated"}
"""A run with rework, a change of the contract and questions, in which nobody waits."""
CLINIC = {"brief": "clinic", "behaviour": "perfect"}
"""A run that ends by asking a person for a release."""


@pytest.fixture
def record(tmp_path: Path) -> Iterator[remit.Record]:
    with remit.open(tmp_path / "remit.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The chain head of `PLAYED`, as `remit.run` writes it."""
    with remit.open(tmp_path_factory.mktemp("whole") / "remit.db") as opened:
        return remit.run("invoicing", db=opened, **PLAYED).chain_head


def team(**terms: Any) -> Any:
    """A graph whose state may be anything: LangGraph's own types are too narrow for a test."""
    return remit.team_graph(**terms)


def thread(name: str = "t", **more: Any) -> Any:
    return {"configurable": {"thread_id": name}, **more}


def asked(state: dict[str, Any]) -> dict[str, Any]:
    """What the one interrupt of a state asks."""
    (one,) = state["__interrupt__"]
    return dict(one.value)


class Counted:
    """Every seat, simulated, counting how often each assignment is asked; may break down once."""

    def __init__(self, breaks: int = 0, how: str = "typical") -> None:
        self.asked: Counter[str] = Counter()
        self._inner, self._breaks = Simulated(behaviour(how)), breaks
        self._guard = threading.Lock()

    def __call__(self, assignment: Assignment, desk: Desk) -> Report:
        with self._guard:
            if self.asked.total() + 1 == self._breaks:
                self._breaks = 0
                raise OSError("the model is away")
            self.asked[assignment.key] += 1
        return self._inner.perform(assignment, desk)

    def seats(self) -> dict[str, Any]:
        return {str(role): self for role in ROLES}


def drawn(graph: Any) -> set[tuple[str, str]]:
    return {(one.source, one.target) for one in graph.get_graph().edges}


# The drawing


@pytest.mark.parametrize("policy", shipped())
def test_draws_the_moves_of_its_policy_with_and_without_a_release(policy: str) -> None:
    moves: set[tuple[str, str]] = set()
    for brief in ("invoicing", "clinic") if policy != "unattended" else ("invoicing",):
        moves |= edges(remit.order(brief, policy=policy).manifest())
    entered = {(BEGIN if source == START_NODE else source, target) for source, target in moves}
    assert drawn(team(policy=policy)) == entered | {(START_NODE, BEGIN)}


@pytest.mark.parametrize("terms", [{"roles": "backend,qa"}, {"roles": "backend", "mode": "design"}])
def test_draws_and_runs_any_team(terms: dict[str, Any], record: remit.Record) -> None:
    graph = team(db=record, human="simulated", **terms)
    done = record.run(graph.invoke({"seed": 2})["run"])
    alone = remit.run("invoicing", seed=2, db=record, **terms)
    assert (done.chain_head, done.outcome) == (alone.chain_head, alone.outcome)


def test_its_recursion_limit_is_above_every_run(record: remit.Record) -> None:
    graph = team()
    most = max(recursion_limit(remit.order(one).manifest()) for one in ("invoicing", "clinic"))
    assert graph.config is not None
    assert graph.config["recursion_limit"] > most


# The same rows, nobody asked twice


def test_writes_the_rows_of_a_run_in_either_way_of_calling(record: remit.Record, head: str) -> None:
    graph = team(db=record)
    blocking = graph.invoke(PLAYED)
    awaited = asyncio.run(graph.ainvoke(PLAYED))
    assert blocking["run"] != awaited["run"]
    for state in (blocking, awaited):
        assert record.run(state["run"]).chain_head == head
        assert state["outcome"] == "shipped"
        assert "How it ended" in state["summary"]


def test_a_saver_that_is_lost_after_any_step_loses_nothing(record: remit.Record, head: str) -> None:
    """Each time the thread is entered anew with an empty saver, and cut off a few steps later."""
    counted, entered = Counted(), 0
    state: dict[str, Any] = {}
    while not state.get("outcome") == "shipped":
        entered += 1
        graph = team(db=record, team=counted.seats(), checkpointer=InMemorySaver())
        try:
            state = graph.invoke(PLAYED, thread(recursion_limit=1 + entered))
        except GraphRecursionError:
            assert entered < 40
    assert entered > 5
    assert [row.id for row in record.runs()] == [state["run"]]
    assert record.run(state["run"]).chain_head == head
    assert set(counted.asked.values()) == {1}


@pytest.mark.parametrize("nth", [1, 6, 14])
def test_a_thread_goes_on_where_an_agent_broke_down(
    nth: int, record: remit.Record, head: str
) -> None:
    counted = Counted(breaks=nth)
    graph = team(db=record, team=counted.seats(), checkpointer=InMemorySaver())
    with pytest.raises(AgentFailed, match="the model is away"):
        graph.invoke(PLAYED, thread())
    assert record.runs()[0].outcome == "failed"
    state = graph.invoke(None, thread())
    assert record.run(state["run"]).chain_head == head
    assert set(counted.asked.values()) == {1}


def test_a_checkpoint_older_than_the_journal_gives_way_to_it(
    record: remit.Record, head: str
) -> None:
    """Somebody forks the thread from every checkpoint of a run that has ended: nobody works."""
    counted = Counted()
    graph = team(db=record, team=counted.seats(), checkpointer=InMemorySaver())
    state = graph.invoke(PLAYED, thread())
    before = counted.asked.total()
    for old in list(graph.get_state_history(thread()))[::4]:
        if old.next:
            again = graph.invoke(None, old.config)
            assert (again["run"], again["outcome"]) == (state["run"], "shipped")
    assert counted.asked.total() == before
    assert record.run(state["run"]).chain_head == head


def test_two_callers_of_one_thread_share_the_work(record: remit.Record, head: str) -> None:
    counted = Counted()
    graph = team(db=record, team=counted.seats())

    async def both() -> Any:
        return await asyncio.gather(*(graph.ainvoke(PLAYED, thread()) for _ in range(2)))

    first, second = asyncio.run(both())
    assert first == second
    assert record.run(first["run"]).chain_head == head
    assert set(counted.asked.values()) == {1}


def test_a_run_that_another_process_works_on_is_left_alone(record: remit.Record) -> None:
    graph = team(db=record, roles="cto,pm", human="simulated")
    done = graph.invoke({}, thread())
    with record.store.hold(done["run"]), pytest.raises(RunBusy, match="is working on it"):
        graph.invoke({}, thread())


def test_nothing_in_a_seat_begins_a_trace(record: remit.Record) -> None:
    """PUB-9: what an agent calls is not sent away because the surroundings are traced."""
    traced: list[object] = []
    plain = Simulated(behaviour("perfect"))

    def backend(assignment: Assignment, desk: Desk) -> Report:
        traced.append(get_tracing_context()["enabled"])
        return plain.perform(assignment, desk)

    terms = {"roles": "backend", "mode": "design", "team": {"backend": backend}}
    with tracing_context(enabled="local"):
        assert team(db=record, **terms).invoke({})["outcome"] == "shipped"
    assert traced == [False]


# Which run it is


def test_a_thread_finds_its_run_again_by_what_was_ordered(record: remit.Record) -> None:
    graph = team(db=record, roles="cto,pm", behaviour="perfect", human="simulated")
    runs = {
        name: graph.invoke(state, thread(where))["run"]
        for name, where, state in [
            ("first", "a", {"seed": 1}), ("again", "a", {"seed": 1}),
            ("other thread", "b", {"seed": 1}), ("other order", "a", {"seed": 2}),
        ]
    }  # fmt: skip
    assert runs["first"] == runs["again"]
    assert len(set(runs.values())) == 3
    assert len(record.runs()) == 3


@pytest.mark.parametrize("name", ["../../etc", "a b\n\x1b[31m", "é", "-rf", "x" * 5_000, "0"])
def test_whatever_a_thread_is_called_its_run_has_a_name(name: str, record: remit.Record) -> None:
    graph = team(db=record, roles="backend", mode="design", human="simulated")
    run = graph.invoke({}, thread(name))["run"]
    assert record.run(run).id == run


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"brief": "invoice"}, "brief: there is no 'invoice'; did you mean 'invoicing'?"),
        ({"brief": "/etc/passwd"}, "a file is named where the graph is built"),
        ({"brief": 7}, "brief: give text"),
        ({"brief": "a b " * 60_000}, "brief: give text of at most"),
        ({"behaviour": "/etc/hosts"}, "behaviour: there is no '/etc/hosts'"),
        ({"seed": "7"}, "seed: '7' is not a whole number"),
        ({"human": "ask"}, "human: there is no 'ask' here; known: wait"),
    ],
)
def test_refuses_a_state_that_cannot_be_ordered(
    state: Any, says: str, record: remit.Record
) -> None:
    with pytest.raises(InputError) as caught:
        team(db=record).invoke(state)
    assert says in str(caught.value)
    assert record.runs() == []


def test_a_played_person_approves_nothing_beside_a_real_seat(record: remit.Record) -> None:
    graph = team(db=record, team=Counted().seats())
    with pytest.raises(InputError, match="'simulated' cannot approve external actions"):
        graph.invoke({**CLINIC, "human": "simulated"})
    assert record.runs() == []


# A person is asked


def asking(**terms: Any) -> Any:
    """A small team, so that the question comes soon."""
    return team(roles="cto,qa,security", **terms)


def test_a_person_answers_through_an_interrupt(record: remit.Record) -> None:
    graph = asking(db=record, checkpointer=InMemorySaver())
    question = asked(graph.invoke(CLINIC, thread()))
    assert (question["matter"], question["default"]) == ("m4", "deny")
    assert question["options"] == ["approve", "reject"]
    assert record.run(question["run"]).outcome == "waiting"
    assert [one.id for one in inbox(record)] == [f"{question['run']}/m4"]
    done = graph.invoke(Command(resume={"event": "approve", "text": "by hand"}), thread())
    assert done["outcome"] == "shipped"
    (matter,) = record.run(done["run"]).matters
    assert matter.state.answer is not None
    assert (matter.state.answered_by, matter.state.answer["event"]) == ("human", "approve")


@pytest.mark.parametrize(
    "wrong", ["yes", "", 7, ["approve"], {"event": "approve", "x": "y"}, {"text": "x"}]
)
def test_an_answer_that_cannot_be_taken_is_asked_again(wrong: Any, record: remit.Record) -> None:
    graph = asking(db=record, checkpointer=InMemorySaver())
    first = asked(graph.invoke(CLINIC, thread()))
    again = asked(graph.invoke(Command(resume=wrong), thread()))
    assert again.pop("refused")
    assert again == first
    assert graph.invoke(Command(resume="reject"), thread())["outcome"] == "stopped"


def test_a_question_outlives_the_saver_and_the_process(record: remit.Record) -> None:
    """Another graph object, an empty saver: the same question, and the answer counts."""
    first = asked(asking(db=record, checkpointer=InMemorySaver()).invoke(CLINIC, thread()))
    graph = asking(db=record, checkpointer=InMemorySaver())
    assert asked(graph.invoke(CLINIC, thread())) == first
    assert graph.invoke(Command(resume="approve"), thread())["outcome"] == "shipped"
    assert len(record.runs()) == 1


@pytest.mark.parametrize("saver", [InMemorySaver(), None])
def test_an_answer_from_the_command_line_counts(
    saver: BaseCheckpointSaver[Any] | None, record: remit.Record
) -> None:
    """The person has approved meanwhile; what is given to resume comes too late and is not used."""
    graph = asking(db=record, checkpointer=saver)
    run = asked(graph.invoke(CLINIC, thread()))["run"]
    answer(record, f"{run}/m4", Choice(word=Word.APPROVE))
    late: Any = Command(resume="reject") if saver else CLINIC
    assert graph.invoke(late, thread())["outcome"] == "shipped"


def test_silence_past_the_deadline_decides(
    record: remit.Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = asking(db=record, checkpointer=InMemorySaver())
    graph.invoke(CLINIC, thread())
    later = now().replace(year=now().year + 1)
    monkeypatch.setattr("remit.runs.now", lambda: later)
    assert graph.invoke(Command(resume="approve"), thread())["outcome"] == "stopped"


def test_nobody_owns_a_run_that_waits(record: remit.Record) -> None:
    run = asked(asking(db=record).invoke(CLINIC, thread()))["run"]
    with record.store.hold(run):
        pass


def test_a_person_who_stands_in_for_two_is_asked_for_both(record: remit.Record) -> None:
    terms: dict[str, Any] = {"roles": "cto,pm", "behaviour": "perfect"}
    graph = team(db=record, checkpointer=InMemorySaver(), **terms)
    state = graph.invoke({}, thread())
    assert {one.value["matter"].partition(".")[2] for one in state["__interrupt__"]} == {
        "security", "qa",
    }  # fmt: skip
    answers = {one.id: "approve" for one in state["__interrupt__"]}
    assert graph.invoke(Command(resume=answers), thread())["outcome"] == "shipped"


# Inside a larger graph


class Ticket(TypedDict, total=False):
    brief: str
    behaviour: str
    outcome: str
    run: str
    filed: str


def intake(state: Ticket) -> Ticket:
    return {"brief": "clinic", "behaviour": "perfect"}


def filing(state: Ticket) -> Ticket:
    return {"filed": f"{state.get('run')}: {state.get('outcome')}"}


def larger(graph: Any, saver: BaseCheckpointSaver[Any] | None) -> Any:
    """Somebody's graph, in which the team is one node of several."""
    outer: Any = StateGraph(Ticket)
    outer.add_node("intake", intake)
    outer.add_node("team", graph)
    outer.add_node("filing", filing)
    outer.add_edge(START, "intake")
    outer.add_edge("intake", "team")
    outer.add_edge("team", "filing")
    outer.add_edge("filing", END)
    return outer.compile(checkpointer=saver)


def test_a_team_is_a_node_of_a_larger_graph_with_its_checkpointer(record: remit.Record) -> None:
    outer = larger(team(db=record), InMemorySaver())
    question = asked(outer.invoke({}, thread()))
    done = outer.invoke(Command(resume="approve"), thread())
    assert done["filed"] == f"{question['run']}: shipped"


def test_a_larger_graph_that_loses_its_saver_finds_the_run_again(record: remit.Record) -> None:
    counted = Counted(how="perfect")
    graph = team(db=record, team=counted.seats())
    first = asked(larger(graph, InMemorySaver()).invoke({}, thread()))
    work = counted.asked.total()
    outer = larger(graph, InMemorySaver())
    assert asked(outer.invoke({}, thread())) == first
    assert outer.invoke(Command(resume="approve"), thread())["outcome"] == "shipped"
    assert (counted.asked.total(), len(record.runs())) == (work, 1)


def test_a_limit_of_the_larger_graph_stops_the_team_and_loses_nothing(
    record: remit.Record,
) -> None:
    """What the caller says counts for the team's own supersteps; unsaid, the team's limit does."""
    counted = Counted()
    outer = larger(team(db=record, team=counted.seats()), InMemorySaver())
    with pytest.raises(GraphRecursionError):
        outer.invoke({}, thread(recursion_limit=6))
    assert "__interrupt__" in outer.invoke(None, thread())
    assert set(counted.asked.values()) == {1}


def test_a_team_called_from_a_node_function_keeps_its_own_limit(record: remit.Record) -> None:
    graph = team(db=record, human="simulated")

    def build(state: Ticket) -> dict[str, Any]:
        return {"outcome": graph.invoke({"seed": 3})["outcome"]}

    outer: Any = StateGraph(Ticket)
    outer.add_node("build", build)
    outer.add_edge(START, "build")
    assert outer.compile().invoke({}, thread(recursion_limit=3))["outcome"] == "shipped"


def test_what_a_checkpointer_keeps_is_plain_json(record: remit.Record) -> None:
    graph = team(db=record, checkpointer=InMemorySaver())
    graph.invoke(CLINIC, thread())
    for kept in graph.get_state_history(thread()):
        assert set(kept.values) <= {*CLINIC, "run", "step", "stage", "outcome", "reason", "summary"}
        assert {type(value) for value in kept.values.values()} <= {str, int}


def test_the_order_of_a_graph_is_the_order_of_a_run() -> None:
    """`ordered` must not forget a field that an order may gain."""
    assert set(Order.__dataclass_fields__) == {
        "brief", "policy", "behaviour", "seed", "roles", "mode", "human",
        "subject", "script", "team", "functions", "name", "allow_unsafe", "unsafe",
    }  # fmt: skip


def test_a_graph_keeps_the_team_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "team.toml").write_text('[seats]\npm = { command = ["ls"] }\n', "utf-8")
    made = ordered(remit.order(team=load_team(str(tmp_path / "team.toml"))), {"seed": 3})
    assert made.team
    assert made.seed == 3
