"""Money and time as a person reads them."""


def dollars(micros: int) -> str:
    """Micro-dollars as dollars and cents, half a cent rounded up."""
    return f"${(micros + 5_000) // 10_000 / 100:,.2f}"


def duration(seconds: int) -> str:
    """Seconds as hours and minutes."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours:,} h {rest // 60:02d} min" if hours else f"{rest // 60} min"
