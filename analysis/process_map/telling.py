"""The process map in words."""

from collections.abc import Iterable, Sequence

from remit.analysis.process_map.passages import AUTHORITIES, Passage
from remit.analysis.wording import SEATS, spaced
from remit.graph.manifest import Manifest
from remit.graph.moves import seated
from remit.graph.rules import PATH
from remit.state.handoff import Move
from remit.state.sheet import Sheet, Table
from remit.state.vocabulary import Limit, Stage

_OWN: dict[Move, tuple[Limit, ...]] = {
    Move.REWORK: (
        Limit.REQUIREMENT_REWORK, Limit.CONTRACT_REVIEW, Limit.REWORK_BACKEND,
        Limit.REWORK_FRONTEND,
    ),
    Move.CHANGE: (Limit.CHANGE_REQUESTS,),
    Move.QUESTION: (Limit.ESCALATIONS, Limit.HUMAN_QUESTIONS),
}  # fmt: skip
"""The limits that count a move of a kind; others are spent on the way to it."""
MOVES: dict[Move, str] = {
    Move.NORMAL: "goes on to",
    Move.RELEASE: "goes on to",
    Move.REWORK: "sends back to",
    Move.CHANGE: "change",
    Move.QUESTION: "puts it to",
    Move.ANSWER: "answers",
    Move.END: "ends as",
}
_LONG = {Limit.REQUIREMENT_REWORK: "rework", Limit.CONTRACT_REVIEW: "rounds",
         Limit.REWORK_BACKEND: "rework Backend", Limit.REWORK_FRONTEND: "Frontend",
         Limit.CHANGE_REQUESTS: "changes"}  # fmt: skip


def counts(passages: Iterable[Passage], manifest: Manifest) -> str:
    """The limits that count these moves, each with its number: `rework Backend 2, Frontend 2`."""
    spent = {limit for one in passages for limit in one.spends if limit in _OWN.get(one.kind, ())}
    told = [limit for limit in Limit if limit in spent]
    words = [f"{_LONG.get(limit, spaced(limit))} {number(limit, manifest)}" for limit in told]
    if told[:1] == [Limit.REWORK_FRONTEND]:
        words[0] = f"rework {words[0]}"
    return ", ".join(words)


def number(limit: Limit, manifest: Manifest) -> str:
    """A limit as a picture shows it."""
    allowed = manifest.limit(limit)
    return "∞" if allowed < 0 else str(allowed)


def who(manifest: Manifest, stage: Stage) -> str:
    """Who works at a stage: `Security, QA`, `human for QA`; empty at an end."""
    told = [
        SEATS[seat] if manifest.occupant(seat) is seat else f"human for {SEATS[seat]}"
        for seat in seated(manifest, stage)
    ]
    return ", ".join(told)


def map_sheet(title: str, manifest: Manifest, passages: Sequence[Passage]) -> Sheet:
    """A row for each stage and kind of move."""
    rows: list[tuple[str, str, str]] = []
    for stage in dict.fromkeys(one.here for one in passages):
        leaving = [one for one in passages if one.here is stage]
        first = True
        for said in dict.fromkeys(MOVES.values()):
            own = [one for one in leaving if MOVES[one.kind] == said]
            if own:
                where = "; ".join(_told(one, manifest) for one in own)
                rows.append((spaced(stage) if first else "", said, where))
                first = False
    return Sheet(
        title=title,
        about=_about(manifest, passages),
        tables=(
            Table(title="", heads=("stage", "move", "to (counted by the limit)"),
                  rows=tuple(rows), whole=("stage", "move")),
        ),
    )  # fmt: skip


def _told(one: Passage, manifest: Manifest) -> str:
    limits = counts([one], manifest)
    there = "itself" if one.here is one.there else spaced(one.there)
    return there + (f" ({limits})" if limits else "")


def _about(manifest: Manifest, passages: Sequence[Passage]) -> str:
    there = {one.here for one in passages}
    working = "; ".join(
        f"{spaced(stage)}: {who(manifest, stage)}"
        for stage in (*PATH, Stage.SOLO, *AUTHORITIES, Stage.RELEASE)
        if stage in there
    )
    return f"who works: {working}"
