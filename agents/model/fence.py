"""Other people's text in a prompt: fenced, named as data, and unable to close its own fence."""

from functools import lru_cache

from remit.state.canonical import digest
from remit.state.secrets import redact


@lru_cache(maxsize=128)
def fence(name: str, text: str) -> str:
    """The text between two lines that carry a mark of its own hash.

    Text cannot hold its own hash, so nothing in it can look like the end of the fence. Secrets are
    taken out first.
    """
    clean = redact(text)
    mark = digest(f"{name}\n{clean}")[:16]
    return f"<data {mark} {name}>\n{clean}\n</data {mark}>"
