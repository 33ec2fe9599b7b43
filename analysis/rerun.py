"""A simulated run done again in memory, under its own terms or under others.

Simulated and scripted agents give the same answer to the same assignment whenever they are asked,
so what comes out is what would have been recorded.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from remit.analysis.handover import Handover, walk
from remit.graph.clerk import MemoryClerk
from remit.graph.fold import begin
from remit.graph.loop import run_loop
from remit.graph.order import Order
from remit.graph.runner import team_for
from remit.graph.session import Session
from remit.state.errors import RemitError

Read = Callable[[str], dict[str, Any]]
"""The content of a recorded artifact, by its hash."""


def rerun(order: Order, read: Read, last: int) -> tuple[Handover, ...]:
    """What the team hands over, up to the step that follows on step `last`.

    Shorter where a person would be waited for or an agent fails; empty where the order cannot be
    run in this way at all: a seat is a Python function, or it could never ship.
    """
    try:
        manifest, team = order.manifest(), team_for(order)
        contents = {one.hash: read(one.hash) for one in order.subject}
    except RemitError:
        return ()
    clerk = MemoryClerk(contents=contents)
    session = Session(
        course=begin(manifest, order.subject),
        team=team,
        brief=order.brief,
        seed=order.seed,
        clerk=clerk,
        manifest_json=manifest.to_json(),
    )
    with suppress(RemitError):
        run_loop(session, last)
    return tuple(walk(manifest, order.subject, clerk.entries))
