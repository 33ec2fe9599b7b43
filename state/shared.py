"""A run that threads of one process own together, one phase at a time."""

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from remit.state.vocabulary import Outcome


@dataclass(kw_only=True, slots=True)
class Phase:
    """A run that threads of this process are at, all in the same phase of it."""

    name: str
    opening: threading.Lock = field(default_factory=threading.Lock)
    """For reading the run as a whole: who folds the last report of a group writes what follows from
    it, which another who is half through reading must not see."""
    stands: tuple[Outcome, str] | None = None
    """How the run was left by a thread of this phase, where its journal does not say so."""
    users: int = 0
    held: ExitStack = field(default_factory=ExitStack)
    tasks: dict[str, threading.Lock] = field(default_factory=dict[str, threading.Lock])


class Shared:
    """Ownership of runs that the threads of this process share.

    The tasks of one phase (the group of a step) run at the same time; whoever comes with another
    phase waits until these are through. The first in takes hold, the last out lets go: between
    phases, and while a run waits for a person, nobody owns it.
    """

    def __init__(self, hold: Callable[[str], AbstractContextManager[None]]) -> None:
        self._hold = hold
        self._changed = threading.Condition()
        self._owned: dict[str, Phase] = {}

    @contextmanager
    def turn(self, run_id: str, phase: str, task: str) -> Generator[Phase]:
        """Own a run together with others in this phase, and the task alone, inside the block.

        Raises:
            RunBusy: another process owns the run.
        """
        with self._joined(run_id, phase) as owned:
            with self._changed:
                alone = owned.tasks.setdefault(task, threading.Lock())
            with alone:
                yield owned

    @contextmanager
    def _joined(self, run_id: str, phase: str) -> Generator[Phase]:
        with self._changed:
            self._changed.wait_for(lambda: self._phase(run_id) in (None, phase))
            owned = self._owned.get(run_id) or self._taken(run_id, phase)
            owned.users += 1
        try:
            yield owned
        finally:
            with self._changed:
                owned.users -= 1
                if not owned.users:
                    del self._owned[run_id]
                    owned.held.close()
                    self._changed.notify_all()

    def _phase(self, run_id: str) -> str | None:
        owned = self._owned.get(run_id)
        return owned.name if owned else None

    def _taken(self, run_id: str, phase: str) -> Phase:
        owned = Phase(name=phase)
        owned.held.enter_context(self._hold(run_id))
        self._owned[run_id] = owned
        return owned
