"""The processes that the kill tests kill.

Run as a program it imports Remit once and then, for each task that comes in as a line of JSON,
forks a child that works on a run: a process of its own that is there at once. `{"wait": PID}`
answers with the exit code of a child.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from remit.agents.agent import Agent, Desk
from remit.agents.behaviour import load as behaviour
from remit.agents.simulated import Simulated
from remit.graph.course import Course
from remit.graph.order import HumanMode, Order
from remit.graph.runner import (
    OpenRun,
    answer,
    apply_silence,
    execute,
    reopen,
    start,
)
from remit.graph.wiring import build
from remit.state.assignment import Assignment
from remit.state.brief import Brief, Entity, EntityField, Screen
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError, RunBusy
from remit.state.policy import load as policy
from remit.state.report import Report, Ruling
from remit.state.store import Store, open_store
from remit.state.vocabulary import EventKind, Seat

BUSY, REFUSED = 3, 4
"""Exit codes: another process owns the run; there was nothing to answer."""
BRIEF = Brief(
    title="Room bookings",
    multi_tenant=True,
    entities=(Entity(name="booking", fields=(EntityField(name="at", type="datetime"),)),),
    screens=(Screen(name="diary", entity="booking", shows=("at",)),),
)
Task = dict[str, Any]


class Restless:
    """A simulated agent whose answer is another one whenever it is asked."""

    def __init__(self, inner: Agent, side: Path, pace_s: float) -> None:
        self._inner, self._side, self._pace_s = inner, side, pace_s

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """A report that names its asking, which the side file keeps."""
        token = os.urandom(4).hex()
        note(self._side, kind="ask", key=assignment.key, token=token)
        time.sleep(random.SystemRandom().uniform(0, self._pace_s))
        report = self._inner.perform(assignment, replace(desk, seed=int(token, 16)))
        return report.model_copy(update={"summary": f"{token} {report.summary}"[:2000]})


def note(side: Path, **line: object) -> None:
    """Append a line that survives the death of its writer."""
    descriptor = os.open(side, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(descriptor, (json.dumps(line) + "\n").encode())
    os.close(descriptor)


def watcher(side: Path) -> Callable[[Course, Sequence[Assignment]], None]:
    """Notes the handoffs that this process acts on, as it sees them."""
    seen = 0

    def progress(course: Course, folded: Sequence[Assignment]) -> None:
        nonlocal seen
        for handoff in course.handoffs[seen:]:
            note(side, kind="act", seq=handoff.seq, digest=digest(canonical(handoff.body())))
        seen = len(course.handoffs)

    return progress


def order(task: Task) -> Order:
    """What the run of a task is asked to do."""
    return Order(
        brief=BRIEF,
        policy=policy("balanced"),
        behaviour=behaviour(task["team"]),
        human=HumanMode(task.get("human", "simulated")),
        name=task["run"],
    )


def team(task: Task) -> dict[Seat, Agent]:
    """Restless agents in every seat that is not a waiting person's."""
    agent = Restless(Simulated(behaviour(task["team"])), Path(task["side"]), task["pace_s"])
    waits = task.get("human", "simulated") == "wait"
    return {seat: agent for seat in Seat if seat is not Seat.HUMAN or not waits}


def opened(store: Store, task: Task) -> OpenRun:
    """The run of a task: begun, or opened from its journal."""
    offset = timedelta(seconds=task.get("offset_s", 0))
    options: Task = {
        "clock": lambda: datetime.now(UTC) + offset,
        "functions": team(task),
        "progress": watcher(Path(task["side"])),
    }
    try:
        row = store.find(task["run"])
    except InputError:
        return start(store, order(task), version="0", token=0, **options)
    return reopen(store, row, **options)


def go(store: Store, task: Task) -> None:
    """Work on a run until it ends or waits."""
    run = opened(store, task)
    apply_silence(run, store, run.clerk.clock())
    if not run.course.ended:
        execute(run, task.get("engine", "graph"))


def reply(store: Store, task: Task) -> None:
    """Answer what waits for a person, as `task["event"]` says."""
    run = opened(store, task)
    waiting = run.session.unanswered()
    if not waiting:
        sys.exit(REFUSED)
    kind = EventKind(task["event"])
    report = Report(event=kind, mode=waiting[0].mode, summary="", ruling=Ruling(text=task["text"]))
    answer(run, waiting[0], report)


def dying(task: Task) -> None:
    """Die at the nth call of a method of the store, before or after its work."""
    method, nth, when = task["die"]
    plain = getattr(Store, method)
    calls = count(1)

    def deadly(self: Store, *arguments: Any, **options: Any) -> Any:
        call = next(calls)  # its own number: a group's threads call at the same time
        if call == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = plain(self, *arguments, **options)
        if call == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(Store, method, deadly)


def work(task: Task) -> int:
    """What a child does; its exit code."""
    if task.get("die"):
        dying(task)
    try:
        with open_store(task["db"]) as store, store.hold(task["run"]):
            {"go": go, "reply": reply}[task.get("action", "go")](store, task)
    except RunBusy:
        return BUSY
    except SystemExit as leaving:
        return int(str(leaving.code))
    except BaseException:
        note(Path(task["side"]), kind="error", text=traceback.format_exc())
        return 1
    return 0


def main() -> None:
    """Fork a child for each task, until standard input ends."""
    build(order({"team": "typical", "run": "x"}).manifest())
    print("ready", flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        if "wait" in task:
            _, status = os.waitpid(task["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        child = os.fork()
        if child == 0:
            os._exit(work(task))
        print(child, flush=True)


if __name__ == "__main__":
    main()
