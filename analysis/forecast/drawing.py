"""Runs of a team under a policy, drawn on arrays, as the columns that a forecast reads."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from remit.agents.behaviour import Behaviour
from remit.analysis.chain.moves import Moves
from remit.analysis.chain.sampled import STAGES, Sample
from remit.analysis.chain.several import sample_several
from remit.analysis.chain.world import world_of
from remit.analysis.forecast.drawn import Draw, Drawn
from remit.analysis.forecast.estimate import Hits
from remit.graph.manifest import Manifest
from remit.state.brief import Brief
from remit.state.vocabulary import ENDED, ENDS, FlawKind

_ENDS = np.array(
    [[*map(str, ENDED)].index(str(stage)) if stage in ENDS else -1 for stage in STAGES]
)
"""By place of a stage, the place of the outcome it is."""


def drawing(brief: Brief, manifest: Manifest, moves: Moves | None = None) -> Draw:
    """What draws runs on a brief under a manifest; what it learns of the rules is in `moves`."""
    world, moves = world_of(brief, manifest), moves or Moves(manifest)

    def draw(behaviours: Sequence[Behaviour], runs: int, seed: int) -> Iterator[Drawn]:
        for told in sample_several(manifest, behaviours, world, runs=runs, seed=seed, moves=moves):
            yield drawn(told, manifest)

    return draw


def drawn(told: Sample, manifest: Manifest) -> Drawn:
    """A sample as the columns of a forecast."""
    return Drawn(
        ends=_ENDS[told.end],
        escaped=_bits(told.escaped),
        accepted=_bits(told.accepted),
        reached=told.reached,
        over=_over(told, manifest),
        handoffs=told.handoffs,
        tokens=told.tokens,
        cost_micros=told.cost_micros,
        elapsed_s=told.elapsed_s,
        cto_matters=told.cto,
        human_matters=told.human,
        rework=told.rework,
        changes=told.changes,
        versions=told.contracts,
        debts=told.debts,
        visits=told.visits.astype(np.int64),
    )


def _bits(masks: NDArray[np.int64]) -> Hits:
    """Shape (kinds of flaw, n)."""
    return np.array([(masks >> place & 1) != 0 for place in range(len(FlawKind))])


def _over(told: Sample, manifest: Manifest) -> Hits:
    """Which budgets were used up.

    Money, tokens and time are passed before it is noticed; handoffs never are, so they are what
    was used up where no other budget was.
    """
    used = (told.cost_micros, told.tokens, told.elapsed_s)
    rest = [
        np.zeros(told.runs, np.bool_) if most is None else amount > most
        for amount, most in zip(used, manifest.budgets[1:], strict=True)
    ]
    return np.array([told.over_budget & ~np.any(rest, axis=0), *rest])
