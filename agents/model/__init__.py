"""Model agents: a language model in a seat, held to its role, its budget and its form of answer."""

from remit.agents.model.agent import ModelAgent
from remit.agents.model.provider import Provider, Said, Usage

__all__ = ["ModelAgent", "Provider", "Said", "Usage"]
