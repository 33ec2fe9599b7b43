"""The certificates that come with Remit: of which manifests, and how they are written anew.

`python -m tests.certificates` proves every shipped policy for the whole team, with and without a
release, and writes what it found into the package.
"""

import json
from pathlib import Path

from remit.agents.behaviour import load as load_behaviour
from remit.analysis.kept import SHIPPED, sealed
from remit.analysis.measures import caps_of
from remit.analysis.proof import prove
from remit.graph.manifest import Manifest, compile_manifest
from remit.state.brief import Brief
from remit.state.brief_text import load as load_brief
from remit.state.errors import InputError
from remit.state.policy import load as load_policy
from remit.state.policy import shipped

PLACE = Path(__file__).parent.parent / "analysis" / "certificates" / SHIPPED
CAPS = caps_of(load_behaviour("typical"))
"""The costs that `remit check` counts with unless it is told others."""
BRIEFS = {"": "invoicing", "with a release": "clinic"}
"""One without an external action, and one with."""


def shipped_terms() -> list[tuple[str, str, Brief]]:
    """What each shipped certificate is of: its name, the policy and the brief."""
    return [
        (f"{policy} {how}".strip(), policy, load_brief(brief))
        for policy in shipped()
        for how, brief in BRIEFS.items()
        if _possible(policy, load_brief(brief))
    ]


def _possible(policy: str, brief: Brief) -> bool:
    try:
        compile_manifest(load_policy(policy), brief)
    except InputError:
        return False
    return True


def shipped_manifests() -> list[tuple[str, Manifest]]:
    """The same, as the constants of the runs."""
    return [
        (name, compile_manifest(load_policy(policy), brief))
        for name, policy, brief in shipped_terms()
    ]


def main() -> None:
    """Prove and write."""
    kept: list[object] = []
    for name, policy, brief in shipped_terms():
        proof = prove(load_policy(policy), brief, caps=CAPS, fresh=True)
        found = proof.certificate
        if found is None or proof.fails or found.at_most or found.spent_at_most:
            raise SystemExit(f"{name}: nothing that could be shipped: {proof.fails}")
        print(f"{name}: {found.positions:,} positions, {proof.seconds:.1f} s", flush=True)
        kept.append(sealed(proof.kept()))
    text = json.dumps(kept, indent=1, sort_keys=True)
    PLACE.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
