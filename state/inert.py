"""Text from outside as it may stand on a terminal: it can say anything and steer nothing."""


def inert(text: str) -> str:
    """The text on one line; what does not print (escapes, bidi marks) is spelled out in ASCII."""
    words = " ".join(text.split())
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in words)


def cut(text: str, width: int) -> str:
    """`inert`, at most `width` characters long."""
    safe = inert(text)
    return safe if len(safe) <= width else f"{safe[: width - 1]}…"
