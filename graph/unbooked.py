"""Calls that were paid for while the report that carries them is not journalled."""

from dataclasses import dataclass, field

from remit.state.report import Call


@dataclass(slots=True)
class Unbooked:
    """The calls of an assignment that no report carries yet."""

    calls: list[Call] = field(default_factory=list[Call])
    """Each as it ended; one that is under way, as it began."""
    under_way: bool = False

    @property
    def paid(self) -> tuple[Call, ...]:
        """Those that took something."""
        return tuple(one for one in self.calls if one.tokens_in or one.tokens_out)

    @property
    def micros(self) -> int:
        """What they cost, micro-dollars."""
        return sum(one.cost_micros for one in self.calls)

    @property
    def tokens(self) -> int:
        """What they took, in and out."""
        return sum(one.tokens_in + one.tokens_out for one in self.calls)

    def add(self, call: Call, *, ended: bool) -> int:
        """Keep a call that begins, or that ends; its number, from 1."""
        if ended and self.under_way:
            self.calls[-1] = call
        else:
            self.calls.append(call)
        self.under_way = not ended
        return len(self.calls)
