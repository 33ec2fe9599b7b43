"""A proof in words: tables that fit 80 columns."""

from collections.abc import Iterator

from remit.analysis.certificate import Certificate
from remit.analysis.measures import Measure
from remit.analysis.pathway import shortened, way_of
from remit.analysis.proof import PARTS, Proof
from remit.analysis.properties import Verdict
from remit.analysis.safety import Trace
from remit.analysis.shortest import Shortest
from remit.analysis.witness import WIDTH, words
from remit.analysis.wording import dollars, spaced
from remit.graph.bound import bound
from remit.state.sheet import Sheet, Table
from remit.state.vocabulary import LOOPS, Limit

WAY = 220
"""Characters of a way that are shown, unless it is to be whole."""
NO_RUN = "no run is known that comes to so many"
UNPLAYED = (
    "no script plays it: on it something comes back that nobody ruled on, so that there may be no "
    "run as bad"
)
HOLDS = {True: "holds", False: "FAILS", None: "not decided"}


def parts(proof: Proof, *, whole: bool = False) -> Iterator[Table | str]:
    """The proof in reading order: what holds, the worst cases, the ways, what can never apply.

    Args:
        proof: what was proved.
        whole: whether long ways and lines are told in full.
    """
    yield f"{verdict_line(proof)}."
    yield _explored(proof)
    yield _tight(proof, proof.certificate) if proof.certificate else _open(proof)
    yield _properties(proof)
    for verdict in proof.verdicts:
        if verdict.holds is False and verdict.witness is not None:
            yield _witness(proof, verdict, whole)
    if proof.certificate:
        yield _worst(proof, proof.certificate, whole)
        yield _spent(proof, proof.certificate)
    yield _shortest(proof, whole)
    yield _dead(proof)


def proof_sheet(proof: Proof) -> Sheet:
    """The same as a sheet, with every way in full."""
    told = tuple(parts(proof, whole=True))
    return Sheet(
        title=proof.title,
        about=" ".join(part for part in told if isinstance(part, str)),
        tables=tuple(part for part in told if isinstance(part, Table)),
    )


def verdict_line(proof: Proof) -> str:
    """The verdict in a sentence."""
    failing = [verdict for verdict in proof.verdicts if verdict.holds is False]
    if failing:
        named = "; ".join(f"property {one.number} ({one.text})" for one in failing)
        return f"not safe: it does not keep {named}"
    undecided = [one.number for one in proof.verdicts if one.holds is None]
    if undecided:
        return f"no property fails; not decided: {', '.join(map(str, undecided))}"
    return f"all {len(proof.verdicts)} properties hold of every run"


def _explored(proof: Proof) -> str:
    """What was looked at, in what time, and what of it was kept from an earlier check."""
    found, took = proof.certificate, f"in {proof.seconds:.1f} s"
    size = "All positions"
    if found:
        size = (
            f"{found.positions:,} positions and {found.moves:,} moves (whatever remains under the "
            "limits)"
        )
    if proof.kept_parts == PARTS:
        return (
            f"{size} were looked at when this was proved; what was kept was replayed {took}. "
            "--fresh proves it anew."
        )
    if not proof.kept_parts:
        return f"{size} were looked at, {took}."
    kept = ", ".join(proof.kept_parts)
    return f"{size} were looked at, {took}; kept and replayed, --fresh proves it anew: {kept}."


def _properties(proof: Proof) -> Table:
    return Table(
        title="Properties",
        heads=("#", "", "of every run, and how it was shown"),
        rows=tuple(
            (str(one.number), HOLDS[one.holds], f"{one.text}: {one.shown}")
            for one in proof.verdicts
        ),
        right=("#",),
        whole=("",),
    )


def _witness(proof: Proof, verdict: Verdict, whole: bool) -> Table:
    assert verdict.witness is not None
    told = words(verdict.witness, proof.manifest, None if whole else WIDTH)
    return Table(
        title=f"A {'shortest ' * verdict.exact}run that breaks property {verdict.number}",
        heads=("what happens",),
        rows=tuple((line,) for line in told) or (("the very first report does",),),
    )


def _open(proof: Proof) -> str:
    unlimited = [f"limits.{limit}" for limit in LOOPS if proof.manifest.limit(limit) < 0]
    are = "is" if len(unlimited) == 1 else "are"
    return (
        f"There are no worst cases but the closed bound, {bound(proof.manifest):,} handoffs: "
        f"{', '.join(unlimited)} {are} unlimited, so that a budget alone ends every run."
    )


def _worst(proof: Proof, found: Certificate, whole: bool) -> Table:
    return Table(
        title="At worst, in the whole run",
        heads=("what", "at most", "by this way"),
        rows=tuple(
            (*told(measure, most), _worst_way(proof, measure, whole) if most else "never")
            for measure, most in found.worst.items()
        )
        + tuple((*told(measure, most), NO_RUN) for measure, most in found.at_most.items()),
        right=("at most",),
        whole=("what",),
    )


def _worst_way(proof: Proof, measure: Measure, whole: bool) -> str:
    way = _way(proof, proof.worst_ways[measure], whole)
    return f"{way} ({UNPLAYED})" if measure in proof.unplayed else way


def told(measure: Measure, most: int) -> tuple[str, str]:
    """A measure and its amount as they are shown: micro-dollars as dollars."""
    if measure is Measure.MICROS:
        return "dollars", dollars(most)
    return str(measure), f"{most:,}"


def _spent(proof: Proof, found: Certificate) -> Table:
    return Table(
        title="Of each limit",
        heads=("limit", "allowed", "can be used"),
        rows=tuple(
            (spaced(limit), str(proof.manifest.limit(limit)), _used(found, limit))
            for limit in LOOPS
            if limit in found.spent or limit in found.spent_at_most
        ),
        right=("allowed", "can be used"),
        whole=("limit",),
    )


def _used(found: Certificate, limit: Limit) -> str:
    most = found.spent.get(limit)
    return f"at most {found.spent_at_most[limit]}" if most is None else str(most)


def _tight(proof: Proof, found: Certificate) -> str:
    most = found.most(Measure.HANDOFFS)
    settled = Measure.HANDOFFS in found.worst and Measure.HANDOFFS not in proof.unplayed
    known = "" if settled else f" ({NO_RUN})"
    if most > found.bound and Measure.HANDOFFS in found.worst:
        return (
            f"The limit on handoffs ends every run within {found.bound:,}; "
            f"without it the loops would allow {most:,}{known}. What follows is before budgets."
            f"{_unsettled(found)}"
        )
    return (
        f"No run makes more than {most:,} handoffs{known}; the closed bound, "
        f"which takes no exploring, is {found.bound:,} ({found.bound / most:.2f} times as many)."
        f"{_unsettled(found)}"
    )


def _unsettled(found: Certificate) -> str:
    if not found.at_most and not found.spent_at_most:
        return ""
    return (
        " Not every worst case was settled, for want of room: where no run is known the number is "
        "an upper bound. Lower limits make it exact."
    )


def _shortest(proof: Proof, whole: bool) -> Table:
    return Table(
        title="The shortest way to each end, and to the end of each limit",
        heads=("to", "reports", "by this way"),
        rows=tuple((one.goal, *_reached(proof, one, whole)) for one in proof.shortest),
        right=("reports",),
        whole=("to",),
    )


def _reached(proof: Proof, one: Shortest, whole: bool) -> tuple[str, str]:
    if one.trace is None:
        return "-", "no run gets there" if one.known else "none was found"
    return reports(one), _way(proof, one.trace, whole)


def reports(one: Shortest) -> str:
    """How many reports it takes; `at most` where a shorter way may have been passed over."""
    if one.trace is None:
        return "never" if one.known else "none was found"
    return f"{'' if one.exact else 'at most '}{len(one.trace)}"


def _way(proof: Proof, trace: Trace, whole: bool) -> str:
    return way_of(trace, proof.manifest) if whole else shortened(trace, proof.manifest, WAY)


def _dead(proof: Proof) -> Table:
    return Table(
        title="Dead clauses: what in the policy can never apply",
        heads=("clause", "why it never applies"),
        rows=tuple((one.key, one.why) for one in proof.dead) or (("none", ""),),
        whole=("clause",),
    )
