"""Text from outside as it may stand before a person: it can say anything and steer nothing."""


def inert(text: str) -> str:
    """The text on one line; what does not print (escapes, bidi marks) is spelled out in ASCII."""
    return _spelled(" ".join(text.split()))


def inert_lines(text: str) -> str:
    """`inert` that keeps lines and indentation; a tab becomes spaces, any line end a newline."""
    return "\n".join(_spelled(line.expandtabs(4)) for line in text.splitlines())


def cut(text: str, width: int) -> str:
    """`inert`, at most `width` characters long."""
    safe = inert(text)
    return safe if len(safe) <= width else f"{safe[: width - 1]}…"


def _spelled(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
