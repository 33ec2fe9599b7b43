"""Teams and function agents."""

import pytest

from remit.agents.agent import Desk
from remit.agents.behaviour import load
from remit.agents.function import Answer, FunctionAgent
from remit.agents.simulated import Simulated
from remit.agents.team import parse_roles, simulated
from remit.state.assignment import Assignment
from remit.state.errors import AgentFailed, InputError
from remit.state.report import Report
from remit.state.vocabulary import ROLES, EventKind, Mode, Seat, Stage
from tests.desks import desk, task

BUILD = task(Stage.BUILD, Seat.BACKEND)


def ask(answer: object) -> Report:
    def function(assignment: Assignment, desk: Desk) -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    return FunctionAgent(function).perform(BUILD, desk())


def test_roles_are_read_in_seat_order() -> None:
    """PUB-4: any subset of the seven runs."""
    assert parse_roles("qa, Backend,qa") == (Seat.BACKEND, Seat.QA)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("backnd,q", r"did you mean 'backend'\?\nroles: there is no 'q'"),
        ("human", "'human' is not a role"),
        (" , ", "nobody is named"),
    ],
)
def test_wrong_roles_are_refused_all_at_once(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_roles(text)


def test_the_human_stands_in_for_who_is_absent() -> None:
    """PUB-3: one agent alone; nothing is dropped."""
    team = simulated(load("perfect"), (Seat.BACKEND,))
    assert team.roles == (Seat.BACKEND,)
    assert set(team.absent) == set(ROLES) - {Seat.BACKEND}
    assert team.occupant(Seat.BACKEND) is Seat.BACKEND
    assert team.occupant(Seat.QA) is Seat.HUMAN
    stands_in = task(Stage.VERIFICATION, Seat.QA, occupant=Seat.HUMAN)
    assert isinstance(team.agent(stands_in), Simulated)


def test_without_a_human_agent_a_person_is_asked() -> None:
    team = simulated(load("perfect"), human=False)
    assert team.agent(task(Stage.VERIFICATION, Seat.QA, occupant=Seat.HUMAN)) is None


def test_a_team_is_simulated_only_if_every_role_is() -> None:
    team = simulated(load("perfect"))
    other = team.seated(Seat.QA, FunctionAgent(lambda assignment, desk: "accept"))
    assert team.simulated
    assert not other.simulated
    assert other.seated(Seat.QA, None).simulated
    assert team.simulated


@pytest.mark.parametrize(
    "answer",
    [
        "deliver",
        EventKind.DELIVER,
        {"event": "deliver", "cost_micros": 5},
        Report(event=EventKind.DELIVER, mode=Mode.BUILD, summary="mine"),
    ],
)
def test_a_function_may_answer_in_four_ways(answer: object) -> None:
    report = ask(answer)
    assert report.event is EventKind.DELIVER
    assert report.mode is Mode.BUILD


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("delivr", "did you mean 'deliver'"),
        (None, "returned NoneType"),
        ({"event": "deliver", "cost": 5}, "cost: Extra inputs"),
        ({}, "event: Field required"),
        (ZeroDivisionError("by\nzero"), "raised ZeroDivisionError: by zero; mend it"),
        (AgentFailed("my own words"), "^my own words$"),
    ],
)
def test_what_is_no_report_fails_the_agent_in_one_line(answer: object, words: str) -> None:
    with pytest.raises(AgentFailed, match=words) as caught:
        ask(answer)
    assert "\n" not in str(caught.value)


def test_an_asynchronous_function_is_refused() -> None:
    async def later(assignment: Assignment, desk: Desk) -> str:
        return "deliver"

    with pytest.raises(AgentFailed, match="asynchronous"):
        FunctionAgent(later).perform(BUILD, desk())  # type: ignore[arg-type]
