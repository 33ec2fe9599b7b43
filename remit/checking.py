"""The Python face of `remit check`: a policy proved before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from remit.agents.behaviour import Behaviour
from remit.agents.behaviour import load as load_behaviour
from remit.agents.team import parse_roles
from remit.analysis.kept import found as on_file
from remit.analysis.kept import keep
from remit.analysis.measures import UNITS, Measure, caps_of
from remit.analysis.proof import Progress, Proof, prove, silent
from remit.analysis.proof_against import Difference, against_sheet, differences
from remit.analysis.proof_json import proof_json
from remit.analysis.proof_text import proof_sheet
from remit.analysis.witness import script
from remit.promised import folder
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.markup import Svg, fragment
from remit.state.policy import Policy, called
from remit.state.policy import load as load_policy
from remit.state.sheet import Sheet, plain
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import ROLES, Mode

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Check:
    """What holds of every run of a team under a policy; it shows itself as tables and a map."""

    proof: Proof

    @property
    def holds(self) -> bool:
        """Whether every safety property is shown to hold."""
        return self.proof.holds

    @property
    def worst(self) -> Mapping[str, int]:
        """By what is counted, the exact worst case: `handoffs`, `rework rounds` and the like.

        Money is counted in `micro-dollars` (millionths of a dollar; `dollars` has it as money). It
        is empty where a limit that is left open leaves nothing but the budgets to end a run.
        """
        return {str(measure): most for measure, most in self.proof.worst.items()}

    @property
    def at_most(self) -> Mapping[str, int]:
        """Upper bounds where there was too little room to settle the worst case."""
        return {str(measure): most for measure, most in self.proof.at_most.items()}

    @property
    def dollars(self) -> float | None:
        """The most that a run can cost, US dollars; `None` where no bound was found."""
        proof = self.proof
        micros = {**proof.worst, **proof.at_most}.get(Measure.MICROS)
        return None if micros is None else micros / 1_000_000

    def svg(self) -> Svg:
        """The process map as an SVG document; it shows itself in a notebook."""
        return Svg(self.proof.map.svg())

    def scripts(self) -> "Scripts":
        """Each way as a script that `remit run --script` replays into the very same end."""
        files, left_out = dict[str, str](), dict[str, str]()
        for name, trace in self.proof.ways().items():
            try:
                files[f"{name}.yaml"] = script(trace, self.proof.manifest, self.proof.brief)
            except InputError as error:
                left_out[name] = str(error)
        return Scripts(files=files, left_out=left_out)

    def against(self, other: "Check") -> "Against":
        """What changes where the other policy takes the place of this one, line by line."""
        return Against(before=self.proof.title, after=other.proof.title,
                       lines=differences(self.proof, other.proof))  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """The check as JSON values."""
        return proof_json(self.proof)

    def to_frame(self) -> "pd.DataFrame":
        """One row for each worst case, with its unit; needs pandas.

        `at_most` is in pieces unless `unit` says `tokens` or `micro-dollars`; `exact` says whether
        a run is known that is as bad, `reports` how many reports that run takes.

        Raises:
            InputError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise InputError("to_frame needs pandas; install it: pip install pandas") from error
        proof = self.proof
        rows = [
            {
                "measure": str(measure),
                "unit": UNITS.get(measure, "count"),
                "at_most": most,
                "exact": measure in proof.worst and measure not in proof.unplayed,
                "reports": len(proof.worst_ways[measure]) if measure in proof.worst_ways else None,
            }
            for measure, most in (*proof.worst.items(), *proof.at_most.items())
        ]
        return pd.DataFrame(rows, columns=["measure", "unit", "at_most", "exact", "reports"])

    def sheet(self) -> Sheet:
        """The check as tables, without the map."""
        return proof_sheet(self.proof)

    def __str__(self) -> str:
        return plain(self.sheet())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<div>{fragment(self.sheet())}{self.svg()}</div>"


@dataclass(frozen=True, kw_only=True)
class Scripts:
    """The ways of a check as scripts."""

    files: Mapping[str, str]
    """By file name, the script."""
    left_out: Mapping[str, str]
    """By name, ways that no reports amount to with this brief, and why."""


@dataclass(frozen=True, kw_only=True)
class Against:
    """What a change of policy does, line by line."""

    before: str
    after: str
    lines: tuple[Difference, ...]

    def sheet(self) -> Sheet:
        """The lines as tables."""
        return against_sheet(self.before, self.after, self.lines)

    def to_json(self) -> dict[str, Any]:
        """The lines as JSON values."""
        lines = [
            {"part": one.part, "what": one.what, "before": one.before, "after": one.after}
            for one in self.lines
        ]
        return {"before": self.before, "after": self.after, "lines": lines}

    def __str__(self) -> str:
        return plain(self.sheet())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return fragment(self.sheet())


def check(
    policy: str | PathLike[str] | Policy = "balanced",
    *,
    brief: str | PathLike[str] | Brief = "invoicing",
    roles: str | None = None,
    mode: str | Mode | None = None,
    behaviour: str | PathLike[str] | Behaviour = "typical",
    fresh: bool = False,
    progress: Progress = silent,
) -> Check:
    """What holds of every run under a policy, proved without running anything; takes seconds.

    What is found is kept, so that `remit run` can say it of a run before it starts, and so that the
    next check need not explore anything: it replays every run that was found.

    Args:
        policy: a shipped name, a file, or a `Policy`.
        brief: what is to be built: a file, a shipped name, a sentence, or a `Brief`.
        roles: who is on the team, such as `backend,qa`; all by default.
        mode: one role alone, in this mode.
        behaviour: whose costs and tokens a call can take at most, for the worst of these.
        fresh: prove everything anew though it is on file.
        progress: told what is done next.

    Raises:
        InputError: what was given is wrong, nothing could ever ship, nobody may answer a matter,
            or there are too many positions for the memory at hand.
    """
    costing = behaviour if isinstance(behaviour, Behaviour) else load_behaviour(str(behaviour))
    place = folder()
    limits = policy if isinstance(policy, Policy) else load_policy(str(policy))
    proof = prove(
        limits,
        brief if isinstance(brief, Brief) else load_brief(str(brief)),
        frozenset(parse_roles(roles) if roles is not None else ROLES),
        _mode(mode) if mode is not None else None,
        caps=caps_of(costing),
        progress=progress,
        fresh=fresh,
        folder=place,
        named=called(policy, limits),
    )
    found = proof.kept()
    if place is not None and on_file(proof.manifest, place) != found:
        keep(found, place)
    return Check(proof=proof)


def _mode(given: str) -> Mode:
    known = [str(mode) for mode in (Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT)]
    if given not in known:
        raise InputError(f"mode: there is no {quoted(given)}; {advice(given, known)}")
    return Mode(given)
