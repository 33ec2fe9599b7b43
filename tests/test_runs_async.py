"""The asynchronous twins run the same graph and write the same rows."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig

import remit
from remit.agents.agent import Desk
from remit.agents.behaviour import load
from remit.agents.simulated import Simulated
from remit.graph import wiring
from remit.graph.manifest import Manifest
from remit.graph.wiring import config_of
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed, InputError
from remit.state.report import Report


def test_an_awaited_run_writes_the_rows_of_a_blocking_one(tmp_path: Path) -> None:
    blocking = remit.run("invoicing", seed=3, db=tmp_path / "a.db")
    awaited = asyncio.run(remit.run_async("invoicing", seed=3, db=tmp_path / "b.db"))
    assert awaited.chain_head == blocking.chain_head


def test_several_runs_share_an_event_loop(tmp_path: Path) -> None:
    async def all_of_them() -> list[remit.Run]:
        with remit.open(tmp_path / "a.db") as record:
            runs = [remit.run_async("invoicing", seed=seed, db=record) for seed in range(3)]
            return await asyncio.gather(*runs)

    assert len({run.id for run in asyncio.run(all_of_them())}) == 3


def test_a_function_takes_a_seat_and_a_person_is_waited_for(tmp_path: Path) -> None:
    """A person is never played beside a seat that is not simulated, unless it is asked for."""

    def pm(assignment: Assignment, desk: Desk) -> Report:
        return Simulated(load("perfect")).perform(assignment, desk)

    run = remit.run("invoicing", behaviour="perfect", team={"pm": pm}, db=tmp_path / "a.db")
    assert str(run.order.human) == "wait"
    assert str(run.outcome) == "shipped"


def test_a_waiting_run_goes_on_when_it_is_awaited(tmp_path: Path) -> None:
    with remit.open(tmp_path / "a.db") as record:
        run = remit.run("clinic", behaviour="perfect", human="wait", db=record)
        assert str(run.outcome) == "waiting"
        again = asyncio.run(record.resume_async(run.id))
        assert str(again.outcome) == "waiting"
        assert again.chain_head == run.chain_head


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"seed": "a"}, "seed: 'a' is not a whole number"),
        ({"human": "wat"}, "human: there is no 'wat'; known: simulated, ask, wait"),
        ({"mode": "wat"}, "mode: there is no 'wat'; known: "),
        ({"team": {"pm": "x"}}, "team: pm: give a function or an agent, not 'x'"),
        ({"team": {"boss": print}}, "team: there is no role 'boss'"),
    ],
)
def test_wrong_terms_are_refused_in_one_line(
    terms: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        remit.run("invoicing", db=tmp_path / "a.db", **terms)
    assert str(caught.value).startswith(said)


def test_what_a_function_hands_over_is_checked_against_its_shape(tmp_path: Path) -> None:
    """BE-FIN-3: nonsense in an artifact goes no further, and its author is told what is wrong."""

    def pm(assignment: Assignment, desk: Desk) -> dict[str, Any]:
        return {"event": "deliver", "artifacts": [{"name": "criteria", "content": {"foo": 1}}]}

    with pytest.raises(AgentFailed, match=r"artifact 'criteria': .*acceptance_criteria"):
        remit.run("invoicing", team={"pm": pm}, db=tmp_path / "a.db")


def test_a_subject_brings_its_brief_and_no_other_is_taken_for_it(tmp_path: Path) -> None:
    made = remit.run("clinic", behaviour="perfect", db=tmp_path / "a.db", out=tmp_path / "bundle")
    audit: dict[str, Any] = {"roles": "backend", "mode": "audit", "subject": tmp_path / "bundle"}
    judged = remit.run(db=tmp_path / "a.db", behaviour="perfect", **audit)
    assert judged.brief.title == made.brief.title
    with pytest.raises(InputError, match="Invoicing"):
        remit.run("invoicing", db=tmp_path / "a.db", **audit)


def test_langgraph_does_not_find_its_thread_of_before_in_the_same_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the journal says where a run stands; what a checkpointer kept in memory does not."""
    threads: list[str] = []

    def noted(manifest: Manifest, thread: str = "", *, in_turn: bool = False) -> RunnableConfig:
        threads.append(thread)
        return config_of(manifest, thread, in_turn=in_turn)

    monkeypatch.setattr(wiring, "config_of", noted)
    with remit.open(tmp_path / "a.db") as record:
        run = remit.run("clinic", behaviour="perfect", human="wait", db=record)
        record.resume(run.id)
    assert len(set(threads)) == len(threads) == 2
