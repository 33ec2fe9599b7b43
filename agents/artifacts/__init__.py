"""What the simulated team makes from a brief, with its latent flaws really in it."""

from remit.agents.artifacts.change import ContractDiff, contract_hash, diff, next_version
from remit.agents.artifacts.documents import documents
from remit.agents.artifacts.drafting import draft
from remit.agents.artifacts.requests import request_for
from remit.agents.artifacts.sites import Site, finding_for, flaw_site, sites

__all__ = [
    "ContractDiff",
    "Site",
    "contract_hash",
    "diff",
    "documents",
    "draft",
    "finding_for",
    "flaw_site",
    "next_version",
    "request_for",
    "sites",
]
