"""What fills the placeholders of cards: a local file, and words of the command line over it."""

from collections.abc import Iterable
from pathlib import Path

from remit.agents.cards.placeholders import normal
from remit.agents.cards.text import tidied
from remit.state.errors import InputError
from remit.state.suggest import quoted
from remit.state.text_file import read_text, shown
from remit.state.toml_text import lines_of, parse_toml

MAX_BYTES = 65_536


def values(file: Path | None = None, given: Iterable[str] = ()) -> dict[str, str]:
    """The values of placeholders, by their normal names; a given one counts before the file's.

    Args:
        file: TOML, a line `your_product = "Invoicing"` for each.
        given: words `NAME=VALUE`.

    Raises:
        InputError: the file is no such TOML, or a word is none.
    """
    found = {} if file is None else _from_file(file)
    for word in given:
        name, equals, value = word.partition("=")
        if not (equals and normal(name) and value.strip()):
            raise InputError(f"--set {quoted(word)}: write NAME=VALUE, with a value")
        found[normal(name)] = _clean(value, f"--set {quoted(name)}")
    return found


def _from_file(file: Path) -> dict[str, str]:
    where = shown(file)
    text = read_text(file, MAX_BYTES)
    table, lines = parse_toml(text, where), lines_of(text)
    found: dict[str, str] = {}
    for name, value in table.items():
        line = lines.get((name,))
        at = f"{where}:{line}" if line else where
        if not isinstance(value, str) or not value.strip():
            raise InputError(f'{at}: {quoted(name)}: write a text in quotes, such as "Invoicing"')
        if normal(name) in found:
            raise InputError(f"{at}: {quoted(name)}: is there already in other letters; keep one")
        found[normal(name)] = _clean(value, at)
    return found


def _clean(value: str, where: str) -> str:
    """The value as it may stand in a prompt, its lines kept."""
    return "\n".join(tidied(value, where).lines).strip()
