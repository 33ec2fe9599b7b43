"""A proof as JSON values."""

from typing import Any

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
            {"measure": str(measure), "at_most": most, "exact": measure in found.worst,
             "way": _way(proof, found.ways[measure]) if measure in found.ways else None}
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
        "positions": found.positions if found else None,
        "moves": found.moves if found else None,
        "properties": [
            {"number": one.number, "text": one.text, "holds": one.holds, "shown": one.shown,
             "witness": list(words(one.witness, proof.manifest)) if one.witness else None}
            for one in proof.verdicts
        ],
        "shortest": [
            {"to": one.goal, "reports": None if one.trace is None else len(one.trace),
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


def _way(proof: Proof, trace: Trace) -> list[str]:
    return [str(stage) for stage in visited(trace, proof.manifest)]


def _passage(one: Passage) -> dict[str, Any]:
    return {
        "from": str(one.here), "to": str(one.there), "kind": str(one.kind),
        "spends": [str(limit) for limit in one.spends],
    }  # fmt: skip
