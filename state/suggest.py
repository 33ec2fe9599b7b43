"""The nearest known word to one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 64
"""Longer words are cut before they are compared: the cost grows with their length squared."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was most likely meant; `None` where none is near."""
    options = {option.casefold(): option for option in known}
    wanted = word[:_LONGEST].casefold().replace("-", "_").replace(" ", "_")
    found = get_close_matches(wanted, options, n=1, cutoff=0.6)
    return options[found[0]] if found else None


def advice(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: `did you mean 'x'?`, or the words that are known."""
    options = tuple(known)
    near = nearest(word, options)
    return f"did you mean {near!r}?" if near else f"known: {', '.join(options) or 'none'}"


def quoted(word: str) -> str:
    """A word from outside as it may stand in a one-line message: cut, and safe on a terminal."""
    return ascii(word) if len(word) <= _LONGEST else f"{ascii(word[: _LONGEST - 3])[:-1]}...'"
