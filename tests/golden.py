"""Chain heads by policy, behaviour and seed: `python -m tests.golden` prints the table.

They change whenever a row, an artifact or a draw does. When that was meant, renew them:

    python -m tests.golden > tests/golden.json
"""

import json

from remit.state.policy import load
from tests.runs import Setting, head, played

RUNS = tuple(
    (policy, behaviour, seed)
    for policy in ("balanced", "strict", "unattended")
    for behaviour in ("perfect", "typical", "worst")
    for seed in (0, 7)
)


def heads() -> dict[str, str]:
    """The last hash of each run's chain."""
    return {
        f"{policy} {behaviour} {seed}": head(
            played(behaviour, Setting(policy=load(policy), seed=seed))
        )
        for policy, behaviour, seed in RUNS
    }


if __name__ == "__main__":
    print(json.dumps(heads(), indent=1))
