"""What `remit.study` returns: a study's results, with what a person asks of them."""

from collections.abc import Iterable, Mapping
from math import isfinite
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.analysis.study.choice import Front, Recommendation, check_there, front, recommend
from remit.analysis.study.compare import Difference, differences
from remit.analysis.study.effects import Effect, Interaction, effects, interactions
from remit.analysis.study.plan import Constraint, Goal
from remit.analysis.study.responses import NATURES, Response
from remit.analysis.study.results import Results
from remit.analysis.study.rows import row_of
from remit.analysis.study.tables import study_sheet
from remit.analysis.study.words import apart
from remit.state.errors import InputError
from remit.state.markup import fragment
from remit.state.sheet import plain
from remit.state.suggest import advice, quoted

if TYPE_CHECKING:
    import pandas as pd

Axes = Any
"""Matplotlib's axes."""
Bounds = Mapping[str, float]
"""By response, in its unit."""


class Found:
    """The results of a study. It shows itself as text, and as tables in a notebook."""

    def __init__(self, results: Results) -> None:
        self.results = results

    @property
    def name(self) -> str:
        """The study's name in the record."""
        return self.results.row.id

    @property
    def is_complete(self) -> bool:
        """Whether every point has all its runs."""
        return self.results.is_complete

    def to_frame(self) -> "pd.DataFrame":
        """One row for each point: its levels, and each response's mean, low and high.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas as pd

        return pd.DataFrame([row_of(self.results, point) for point in self.results.there])

    @property
    def circumstances(self) -> tuple[str, ...]:
        """What the study varies that is nobody's choice; policies compete within one only."""
        return tuple(one.name for one in self.results.scenarios() if one.name)

    def within(self, circumstance: str) -> "Found":
        """The results in one of the `circumstances`, by its name or by its plain words.

        Raises:
            InputError: there is no such one.
        """
        for one in self.results.scenarios():
            if one.name and circumstance in (one.name, one.words):
                return Found(one.found)
        raise InputError(
            f"study: no {quoted(str(circumstance))}; "
            f"{advice(str(circumstance), self.circumstances)}"
        )

    def pareto(self, *responses: str) -> Front:
        """The points that nothing beats in these responses (those of the study without any).

        Raises:
            InputError: a response is unknown, or there are several circumstances (`within`).
        """
        return front(self._comparable(), [response_named(one) for one in responses] or None)

    def recommend(
        self,
        *,
        minimise: str | None = None,
        maximise: str | None = None,
        at_most: Bounds | None = None,
        at_least: Bounds | None = None,
    ) -> Recommendation:
        """The best point under bounds, and how sure that is; the study's own where none are given.

        Raises:
            InputError: a response is unknown, the study did not look at it, or there are several
                circumstances (`within`).
        """
        given = [(at_most, True), (at_least, False)]
        bounds = [
            _bound(name, value, most=most)
            for table, most in given
            for name, value in _items(table or {})
        ]
        none = at_most is None and at_least is None
        return recommend(self._comparable(), None if none else bounds, _goal(minimise, maximise))

    def _comparable(self) -> Results:
        """The results, where policies can compete in all of them."""
        if self.results.is_apart:
            raise InputError(apart(self.results))
        if self.circumstances:
            raise InputError(
                "study: policies compete within the same circumstances only; take one with "
                f"`.within(...)`: {'; '.join(self.circumstances)}"
            )
        return self.results

    def differences(self, response: str, against: int) -> tuple[Difference, ...]:
        """Every other point less one, run by run.

        Raises:
            InputError: a response or a point is unknown.
        """
        name = self._looked_at(response)
        if against not in self.results.there:
            raise InputError(f"against: there is no point {against} with runs")
        return differences(self.results, name, against)

    def effects(self, response: str) -> tuple[Effect, ...]:
        """What each factor does to a response on average, the strongest first."""
        return effects(self.results, self._looked_at(response))

    def interactions(self, response: str) -> tuple[Interaction, ...]:
        """Where two factors act on each other, the strongest first."""
        return interactions(self.results, self._looked_at(response))

    def plot_pareto(self, axes: Axes = None) -> Axes:
        """The points by the first two responses of the front; draws into `axes`, or new ones."""
        from remit.analysis.study import pictures

        check_there(self.results, self.results.asked.front[:2])
        return pictures.pareto(pictures.axes_or_new(axes), self.results)

    def plot_effects(self, axes: Axes = None, response: str | None = None) -> Axes:
        """What each level of each factor gives."""
        from remit.analysis.study import pictures

        return pictures.main_effects(
            pictures.axes_or_new(axes), self.results, self._looked_at(response)
        )

    def plot_tornado(self, axes: Axes = None, response: str | None = None) -> Axes:
        """How far each factor moves a response, the strongest on top."""
        from remit.analysis.study import pictures

        return pictures.tornado(pictures.axes_or_new(axes), self.results, self._looked_at(response))

    def plot_interaction(self, axes: Axes = None, response: str | None = None) -> Axes:
        """The two factors that act on each other most: the mean of each combination."""
        from remit.analysis.study import pictures

        return pictures.interaction(
            pictures.axes_or_new(axes), self.results, self._looked_at(response)
        )

    def page(self) -> str:
        """The report: one HTML page that needs nothing else."""
        from remit.analysis.study.report import page

        return page(self.results)

    def save(self, folder: str | Path) -> tuple[Path, ...]:
        """Write the report, its pictures and the rows as CSV; the files.

        Raises:
            InputError: the folder cannot be written.
        """
        from remit.analysis.study.saving import save

        return save(self.results, Path(folder))

    def _looked_at(self, response: str | None) -> Response:
        name = self.results.asked.goal.response if response is None else response_named(response)
        check_there(self.results, [name])
        return name

    def __repr__(self) -> str:
        return plain(study_sheet(self.results))

    def _repr_html_(self) -> str:
        return fragment(study_sheet(self.results))


def response_named(name: str) -> Response:
    """A response by its name.

    Raises:
        InputError: there is none.
    """
    text = str(name)
    if text not in tuple(Response):
        raise InputError(
            f"response: there is no {quoted(text)}; {advice(text, map(str, Response))}"
        )
    return Response(text)


def _items(table: Bounds) -> Iterable[tuple[str, float]]:
    try:
        return table.items()
    except AttributeError:
        raise InputError('recommend: write bounds as a table, such as {"cost": 3}') from None


def _bound(name: str, value: float, *, most: bool) -> Constraint:
    response, given = response_named(name), value
    if isinstance(given, bool) or not isinstance(given, Real) or not isfinite(given):
        raise InputError(f"recommend: {response!s}: {quoted(str(value))} is no number")
    if NATURES[response].unit == "%" and not 0 <= value <= 1:
        raise InputError(f"recommend: {response!s}: {value:g} is no share; write 0 to 1")
    return Constraint(response=response, most=most, bound=float(value))


def _goal(minimise: str | None, maximise: str | None) -> Goal | None:
    if minimise is not None and maximise is not None:
        raise InputError("recommend: give minimise or maximise, and bound the other")
    wanted = minimise or maximise
    return None if wanted is None else Goal(response=response_named(wanted), more=minimise is None)
