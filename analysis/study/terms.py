"""What the keys of factors mean, in plain words."""

from fnmatch import fnmatchcase

from remit.analysis.wording import SEATS, spaced

MEANINGS: tuple[tuple[str, str], ...] = (
    ("limits.*", "limit on {0}"),
    ("at_limit.*", "what happens at the limit on {0}"),
    ("authority.*", "who decides on {0}"),
    ("human.present", "whether a person can be asked"),
    ("human.deadline_hours", "hours that a person has to answer"),
    ("human.silence.*", "what silence means for {0}"),
    ("grant_step.*", "{0} that a grant adds"),
    ("missing.*", "who judges where there is no {0}"),
    ("audit.accept", "score from which an audit accepts"),
    ("audit.rework", "score from which an audit sends back"),
    ("behaviour.make.first.*", "chance of a {0} in new work"),
    ("behaviour.make.again.*", "chance of a {0} in work done again"),
    ("behaviour.mend.*", "chance that a {0} is mended"),
    ("behaviour.find.again", "chance that a flaw named before is found again"),
    ("behaviour.find.*.*.*", "chance that {1} finds a {2} at {0}"),
    ("behaviour.conditions.*", "chance to meet the condition {0}"),
    ("behaviour.question.*", "chance of a question at {0}"),
    ("behaviour.repeat_question", "chance that a question repeats an earlier one"),
    ("behaviour.agent_failed", "chance that work ends without valid output"),
    ("behaviour.human.silence", "chance that a person stays silent"),
    ("behaviour.human.delay", "hours that a person takes to answer"),
    ("behaviour.work.*.*.*", "{2} of {0} at {1}"),
    ("behaviour.*.*.*", "weight of {2} when {0} answers {1}"),
)
"""By pattern of keys: their meaning, with what the stars stand for. The first that fits counts."""
_PARTS = {
    **SEATS,
    "security_flaw_contract": "security flaw in the contract",
    "security_flaw_build": "security flaw in the build",
}


def meaning(key: str) -> str:
    """What a factor varies: a key of the policy or the behaviour; a name of one's own as words."""
    for pattern, words in MEANINGS:
        if fnmatchcase(key, pattern):
            stars = pattern.split(".").index("*") if "*" in pattern else 0
            return words.format(*map(_part, key.split(".")[stars:]))
    return spaced(key) if key.isidentifier() else key


def with_key(key: str) -> str:
    """What a factor varies, and the key by which a file sets it."""
    words = meaning(key)
    return words if words == spaced(key) else f"{words} ({key})"


def _part(name: str) -> str:
    return _PARTS.get(name, spaced(name))
