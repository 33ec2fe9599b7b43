"""A proof as JSON values."""

from typing import Any

from remit.analysis.measures import UNITS, Measure
from remit.analysis.process_map import Passage
from remit.analysis.proof import PARTS, Proof
from remit.analysis.safety import Trace
from remit.analysis.witness import visited, words
from remit.graph.bound import bound


def proof_json(proof: Proof) -> dict[str, Any]:
    """The proof: numbers, verdicts and ways, each way by its stages."""
    found = proof.certificate
    return {
        "policy": proof.policy.name,
        "title": proof.title,
        "holds": proof.holds,
        "worst": [
            {"measure": str(measure), "unit": UNITS.get(measure, "count"), "at_most": most,
             "exact": measure in found.worst and measure not in proof.unplayed,
             "way": _way(proof, found.ways[measure]) if measure in found.ways else None,
             "not_played": proof.unplayed.get(measure)}
            for measure, most in (*found.worst.items(), *found.at_most.items())
        ] if found else [],
        "on_file": proof.kept_parts == PARTS,
        "kept": list(proof.kept_parts),
        "seconds": round(proof.seconds, 3),
        "spent": {str(limit): most for limit, most in found.spent.items()} if found else {},
        "spent_at_most": (
            {str(limit): most for limit, most in found.spent_at_most.items()} if found else {}
        ),
        "bound": bound(proof.manifest),
        "worst_to_bound": (
            round(found.most(Measure.HANDOFFS) / found.bound, 4) if found else None
        ),
        "positions": found.positions if found else None,
        "moves": found.moves if found else None,
        "properties": [
            {"number": one.number, "text": one.text, "holds": one.holds, "shown": one.shown,
             "witness": _told(proof, one.witness), "shortest": one.exact}
            for one in proof.verdicts
        ],
        "shortest": [
            {"to": one.goal, "reports": None if one.trace is None else len(one.trace),
             "exact": one.exact,
             "way": None if one.trace is None else _way(proof, one.trace)}
            for one in proof.shortest
        ],
        "dead": [
            {
                "clause": one.key,
                "why": one.why,
                "because": str(one.because),
                "shadowed_by": list(one.shadows),
            } for one in proof.dead
        ],
        "map": [_passage(one) for one in proof.map.passages],
    }  # fmt: skip


def _told(proof: Proof, witness: Trace | None) -> list[str] | None:
    return None if witness is None else list(words(witness, proof.manifest, None))


def _way(proof: Proof, trace: Trace) -> list[str]:
    return [str(stage) for stage in visited(trace, proof.manifest)]


def _passage(one: Passage) -> dict[str, Any]:
    return {
        "from": str(one.here), "to": str(one.there), "kind": str(one.kind),
        "spends": [str(limit) for limit in one.spends],
    }  # fmt: skip
