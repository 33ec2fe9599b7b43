"""A report comes in: what it says waits on the docket."""

from collections.abc import Iterable

from remit.graph.rules.docket import ANSWERS
from remit.graph.rules.row import Field, Guard, Heard, Rule, Set, Term
from remit.state.handoff import Move
from remit.state.vocabulary import EventKind, Mode, Stage

_D, _A, _R, _C, _Q = (
    EventKind.DELIVER,
    EventKind.ACCEPT,
    EventKind.REWORK,
    EventKind.CHANGE,
    EventKind.QUESTION,
)

HEAR: tuple[Set, ...] = (
    Set("owed", "-", Heard("seat")),
    Set("requirements", "max", Heard("requirements")),
    Set("contract", "max", Heard("contract")),
    Set("backend", "max", Heard("backend")),
    Set("frontend", "max", Heard("frontend")),
    Set("contract_asked", "|", Heard("contract_asked")),
    Set("scope_asked", "|", Heard("scope_asked")),
    Set("critical", "max", Heard("critical")),
    Set("affected", "|", Heard("affected")),
    Set("question", "max", Heard("question")),
    Set("stuck", "|", Heard("repeat")),
    Set("budget", "max", Heard("budget")),
)
"""A report is taken: nothing in it is dropped, it waits on the docket."""


def reports() -> Iterable[Rule]:
    """A report comes in from a work stage."""
    for stage, kinds in ANSWERS.items():
        for kind in kinds:
            extra: tuple[Set, ...] = ()
            guard: tuple[Guard, ...] = ()
            if stage is Stage.BUILD and kind is _D:
                extra = (Set("todo", "-", Heard("seat")),)
            if kind is _Q:
                extra = (Set("again", "|", Heard("seat")),)
                # a person who stands in decides instead of asking
                guard = (Guard(Heard("seat"), "lacks", Term("standins")),)
            if kind is _C:
                guard = (
                    Guard(Field("frozen"), "==", 0),
                    Guard(Field("settled"), "lacks", Heard("seat")),
                )
            if stage is Stage.SOLO and kind is not _Q:
                guard = (Guard(Term("solo_mode"), "!=" if kind is _D else "==", Mode.AUDIT),)
            yield Rule(
                id=f"{stage}.{kind}",
                stages=(stage,),
                event=kind,
                guard=guard,
                sets=(*HEAR, *extra),
                kind=_KIND_OF.get(kind, Move.NORMAL),
                text=_REPORT_TEXT[kind],
            )


_KIND_OF = {_R: Move.REWORK, _C: Move.CHANGE, _Q: Move.QUESTION}
_REPORT_TEXT = {
    _D: "the work is delivered",
    _A: "the work is accepted",
    _R: "the work needs rework; the findings wait on the docket",
    _C: "something frozen should change; the request waits on the docket",
    _Q: "a decision is needed before the work can go on",
}
