"""Remit: a software team of seven role agents under a written policy that limits every loop.

`remit.run("brief.md", policy="strict", seed=7)` runs a team and returns the recorded run, with
its `outcome`, `handoffs` and `explain(seq)`; `remit.open("remit.db").runs()` lists them.
`remit.check("strict")` proves a policy before anything runs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from remit.version import __version__

if TYPE_CHECKING:
    from remit.checking import Check, check
    from remit.door import team_graph
    from remit.exploring import sliders
    from remit.forecasting import forecast
    from remit.ordering import order
    from remit.recorded import Run
    from remit.runs import Record, open, run, run_async
    from remit.state.errors import RemitError
    from remit.studying import study

__all__ = [
    "Check",
    "Record",
    "RemitError",
    "Run",
    "__version__",
    "check",
    "forecast",
    "open",
    "order",
    "run",
    "run_async",
    "sliders",
    "study",
    "team_graph",
]

_PLACES = {
    "Check": "remit.checking",
    "RemitError": "remit.state.errors",
    "check": "remit.checking",
    "forecast": "remit.forecasting",
    "order": "remit.ordering",
    "sliders": "remit.exploring",
    "study": "remit.studying",
    "team_graph": "remit.door",
}
"""Where the public names are that are not in `remit.runs`."""


def __getattr__(name: str) -> Any:
    """Import the public names when they are first asked for: `remit --help` needs none of them."""
    if name in __all__:
        return getattr(import_module(_PLACES.get(name, "remit.runs")), name)
    raise AttributeError(f"module 'remit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
