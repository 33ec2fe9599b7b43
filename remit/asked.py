"""What is asked of a team through LangGraph's state, and the name that its run gets."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any

from langchain_core.runnables import RunnableConfig
from pydantic import Field
from typing_extensions import TypedDict

from remit.agents.behaviour import shipped as behaviours
from remit.graph.order import HumanMode, Order
from remit.ordering import order
from remit.state import brief_text
from remit.state.brief import Brief
from remit.state.canonical import canonical, digest
from remit.state.errors import InputError
from remit.state.suggest import advice, quoted

LONGEST_BRIEF = 200_000
"""Characters of a brief in the state; a checkpointer keeps them with every step."""
_SHOWN = 24
"""Characters of the thread's id that the run's name begins with."""


class OrderRefused(InputError, ValueError):
    """The state asks for what cannot be ordered.

    It is a `ValueError` too: LangGraph's server tells its clients the words of no other error.
    """


@contextmanager
def refusing() -> Generator[None]:
    """Errors of input inside the block are raised as `OrderRefused`."""
    try:
        yield
    except InputError as error:
        raise OrderRefused(error.problems) from error


class Asked(TypedDict, total=False):
    """The state that a run is begun with; what is left out is as the graph was built."""

    brief: Annotated[
        str,
        Field(description="What to build: a shipped brief's name, a sentence, or a whole brief."),
    ]
    behaviour: Annotated[str, Field(description="How the simulated seats behave: a shipped name.")]
    seed: Annotated[int, Field(description="The same seed gives the same run.")]
    human: Annotated[
        str, Field(description="wait: a person is asked through an interrupt; or simulated.")
    ]


def ordered(base: Order, state: Mapping[str, Any]) -> Order:
    """The order of a run: as the graph was built, but for what the state says.

    Raises:
        InputError: the state says something that cannot be ordered.
    """
    given = {name: state[name] for name in Asked.__annotations__ if state.get(name) is not None}
    made = order(
        _brief(given["brief"]) if "brief" in given else base.brief,
        policy=base.policy,
        behaviour=_behaviour(given["behaviour"]) if "behaviour" in given else base.behaviour,
        seed=given.get("seed", base.seed),
        roles=base.roles,
        mode=base.mode,
        human=_human(given.get("human", str(base.human))),
    )
    return replace(made, team=base.team, allow_unsafe=base.allow_unsafe, unsafe=base.unsafe)


def _text(given: object, what: str, longest: int) -> str:
    if not isinstance(given, str) or len(given) > longest:
        raise InputError(f"{what}: give text of at most {longest} characters")
    return given


def _brief(given: object) -> Brief:
    """A brief from the state; never a file, for whoever writes the state may not read our disk."""
    said = _text(given, "brief", LONGEST_BRIEF)
    if said in brief_text.shipped():
        return brief_text.load(said)
    if len(said.split()) > 1:
        return brief_text.parse(said, "brief")
    raise InputError(
        f"brief: there is no {quoted(said)}; {advice(said, brief_text.shipped())}; or say in a "
        "sentence what to build (a file is named where the graph is built, not in its state)"
    )


def _behaviour(given: object) -> str:
    named = _text(given, "behaviour", LONGEST_BRIEF)
    if named not in behaviours():
        raise InputError(f"behaviour: there is no {quoted(named)}; {advice(named, behaviours())}")
    return named


def _human(given: object) -> str:
    if given not in (HumanMode.WAIT, HumanMode.SIMULATED):
        known = f"{HumanMode.WAIT} (a person is asked through an interrupt), {HumanMode.SIMULATED}"
        raise InputError(f"human: there is no {quoted(str(given))} here; known: {known}")
    return str(given)


def name_of(config: RunnableConfig, wanted: Order) -> str | None:
    """The name of the run of an order in a LangGraph thread: the same whenever it is asked for.

    It is derived from the thread, the place in the larger graph, and the order. Without a thread
    there is nothing to find a run by, and it is `None`.
    """
    known: dict[str, Any] = config.get("configurable", {})
    thread = known.get("thread_id")
    if not thread:
        return None
    place = [part.partition(":")[0] for part in str(known.get("checkpoint_ns", "")).split("|")]
    sealed = wanted.new_run("").settings.hash
    key = digest(canonical([str(thread), place[:-1], sealed]))[:16]
    shown = re.sub(r"[^A-Za-z0-9]+", "-", str(thread)[:_SHOWN]).strip("-")
    return f"{shown}-{key}" if shown else f"thread-{key}"
