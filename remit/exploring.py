"""Sliders over the limits of a policy, with its forecast redrawn as they move."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from os import PathLike
from threading import Lock, Timer
from typing import Any

from remit.agents.behaviour import Behaviour
from remit.analysis.forecast.findings import Method
from remit.analysis.forecast.forecast import Forecast
from remit.analysis.forecast.glance import Named, glance
from remit.analysis.forecast.grid import Grid, play, runs_of_each
from remit.analysis.forecast.making import RUNS, Wanted
from remit.analysis.forecast.making import forecast as made
from remit.analysis.forecast.tables import NAME
from remit.analysis.study.factors import applied
from remit.analysis.wording import spaced
from remit.graph.order import Order
from remit.ordering import order as ordered
from remit.state.brief import Brief
from remit.state.errors import InputError
from remit.state.inert import cut
from remit.state.markup import Svg, escaped
from remit.state.policy import Policy
from remit.state.suggest import advice, quoted
from remit.state.vocabulary import LOOPS, Limit, Seat

USUAL = ("contract_review", "change_requests", "rework_backend")
"""The limits that get a slider unless others are named."""
REST_S = 0.4
"""Seconds without a move until the sliders are taken to rest."""
AS_IT_IS, HERE = "as it is", "here"

Cancel = Callable[[], None]
Later = Callable[[float, Callable[[], None]], Cancel]
"""(seconds, what): has it done after so long, unless what it returns is called first."""


def later(seconds: float, what: Callable[[], None]) -> Cancel:
    """Have something done in a thread of its own, so that the sliders can be moved meanwhile."""
    timer = Timer(seconds, what)
    timer.daemon = True
    timer.start()
    return timer.cancel


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What is done when the sliders rest."""

    runs: int = RUNS
    """Drawn where an exact solution does not fit."""
    seconds: float = REST_S
    later: Later = later


class Sliders:
    """Limits that can be moved, and what the policy then does; it shows itself in a notebook.

    While a slider moves, the forecast is read from runs that were played beforehand; when it rests,
    it is solved exactly where that takes about a second, and sampled from many more runs where it
    does not. Which of these a picture shows is written in it.
    """

    def __init__(self, order: Order, grid: Grid, rest: Rest) -> None:
        self._order, self._grid, self._rest = order, grid, rest
        self._begin = {limit: order.policy.limits.value(limit) or 0 for limit in grid.tops}
        self._as_it_is = grid.at(self._begin)
        self._cancel: Cancel = _nothing
        self._lock, self._turn = Lock(), 0
        self._known: dict[tuple[int, ...], Forecast] = {}
        self.forecast: Forecast | None = None
        """Of the sliders at rest; `None` while they move and before they were moved."""
        self._picture = self._glanced()
        self._knobs, self._shown, self.box = _widgets(self._begin, grid.tops)
        for knob in self._knobs.values():
            knob.observe(self._moved, names="value")
        self._show(self._picture)

    @property
    def values(self) -> Mapping[str, int]:
        """By limit, where its slider stands."""
        return {str(limit): self._at()[limit] for limit in self._grid.tops}

    @property
    def policy(self) -> Policy:
        """The policy with the limits where the sliders stand; `to_toml()` makes a file of it.

        Raises:
            InputError: a policy cannot have these limits together.
        """
        policy, at = self._order.policy, self._at()
        if at == self._begin:
            return policy
        settings = {f"limits.{limit}": value for limit, value in at.items()}
        changed, _ = applied(policy, self._order.behaviour, settings, "sliders")
        return changed.model_copy(update={"name": f"{cut(policy.name, NAME)}, moved"})

    def move(self, **values: int) -> None:
        """Move sliders, as a hand would.

        Raises:
            InputError: there is no such slider, or its value is none that it can have; none moves.
        """
        for name, value in values.items():
            self._check(name, value)
        for name, value in values.items():
            self._knobs[Limit(name)].value = int(value)

    def _check(self, name: str, value: object) -> None:
        if name not in self.values:
            raise InputError(f"sliders: no {quoted(name)}; {advice(name, self.values)}")
        most = self._knobs[Limit(name)].max
        # an integer of NumPy's is one too; a truth value is not meant as a number
        if not isinstance(value, bool) and isinstance(value, Integral) and 0 <= int(value) <= most:
            return
        raise InputError(
            f"sliders: {name}: {quoted(str(value))} is no place of it; give a whole number from 0 "
            f"to {most}"
        )

    def settle(self) -> Forecast:
        """Take the sliders to rest now: the forecast of the policy that they stand for.

        It takes some seconds, the first time twice as many, because the policy as it was given is
        forecast beside it. A place where they rested before takes none.

        Raises:
            InputError: a policy cannot have these limits together, or nobody could answer a matter.
        """
        self._cancel()
        return self._settled(self._turn)

    def picture(self) -> Svg:
        """What is shown below the sliders."""
        return self._picture

    def _at(self) -> Mapping[Limit, int]:
        return {limit: int(knob.value) for limit, knob in self._knobs.items()}

    def _moved(self, _: object) -> None:
        self._cancel()
        self._turn += 1
        self.forecast = None
        self._show(self._glanced(self._at()))
        turn = self._turn
        self._cancel = self._rest.later(self._rest.seconds, lambda: self._rested(turn))

    def _rested(self, turn: int) -> None:
        try:
            self._settled(turn)
        except InputError as error:
            if turn == self._turn:
                self._shown.value += f"<p>No such policy: {escaped(str(error))}</p>"

    def _settled(self, turn: int) -> Forecast:
        # one at a time: what is out of date when its time comes is not made at all
        with self._lock:
            at = self._at()
            found = self._forecast(at, self.policy)
            usual = self._forecast(self._begin, self._order.policy)
        if turn == self._turn:
            self.forecast = found
            self._show(_rested(found, usual, self._title(at)))
        return found

    def _forecast(self, at: Mapping[Limit, int], policy: Policy) -> Forecast:
        place = tuple(at[limit] for limit in self._grid.tops)
        if place not in self._known:
            wanted = Wanted(
                # what was too large to be solved with less room is not tried with more
                method=Method.SAMPLE if self._is_roomier(place) else None,
                runs=self._rest.runs, seed=self._grid.seed, effort=None,
            )  # fmt: skip
            self._known[place] = made(replace(self._order, policy=policy), None, wanted)
        return self._known[place]

    def _is_roomier(self, place: tuple[int, ...]) -> bool:
        """Whether a place with no more of any limit was sampled."""
        return any(
            one.basis.method is Method.SAMPLE
            and all(less <= more for less, more in zip(other, place, strict=True))
            for other, one in self._known.items()
        )

    def _glanced(self, at: Mapping[Limit, int] | None = None) -> Svg:
        grid = self._grid
        here = self._begin if at is None else at
        rows: list[Named] = [(AS_IT_IS, self._as_it_is)]
        if here != self._begin:
            rows.append((HERE, grid.at(here)))
        note = (
            f"In motion: the same {grid.runs} runs (seed {grid.seed}) under each policy, 95 % "
            "intervals. At rest: more runs, or exact."
        )
        return glance(self._title(here), note, rows)

    def _title(self, at: Mapping[Limit, int]) -> str:
        moved = [f"{spaced(limit)} {at[limit]}" for limit in at if at[limit] != self._begin[limit]]
        names = (self._order.policy.name, self._order.behaviour.name)
        policy, behaviour = (cut(name, NAME) for name in names)
        return f"Policy {policy}, behaviour {behaviour}: {', '.join(moved) or AS_IT_IS}"

    def _show(self, picture: Svg) -> None:
        self._picture = picture
        self._shown.value = str(picture)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """The widget, and a picture for readers that show no widgets."""
        bundle: dict[str, Any] = self.box._repr_mimebundle_()
        return bundle | {"text/plain": repr(self), "image/svg+xml": str(self._picture)}

    def __repr__(self) -> str:
        stands = ", ".join(f"{name} {value}" for name, value in self.values.items())
        return f"<sliders over {cut(self._order.policy.name, NAME)}: {stands}>"


def _nothing() -> None:
    """There is nothing to cancel."""


def _rested(found: Forecast, usual: Forecast, title: str) -> Svg:
    """Exact and sampled outlooks may stand side by side: each says in its intervals which it is."""
    basis = found.basis
    how = (
        f"At rest: exact, from {basis.states:,} states; the spreads from {basis.runs:,} runs."
        if basis.method is Method.EXACT and basis.states is not None
        else f"At rest: {basis.runs:,} runs (seed {basis.seed}), 95 % intervals; not solved."
    )
    rows: list[Named] = [(AS_IT_IS, usual.outlook)]
    if found is not usual:
        rows.append((HERE, found.outlook))
    return glance(title, how, rows)


def _widgets(
    begin: Mapping[Limit, int], tops: Mapping[Limit, int]
) -> tuple[dict[Limit, Any], Any, Any]:
    """A slider for each limit, the place of the picture, and the box around them."""
    made: Any = _library()
    wide = {"description_width": "11em"}
    knobs = {
        limit: made.IntSlider(
            value=begin[limit], min=0, max=top, description=spaced(limit), style=wide,
            continuous_update=True, layout=made.Layout(width="30em"),
        )
        for limit, top in tops.items()
    }  # fmt: skip
    shown = made.HTML()
    return knobs, shown, made.VBox([*knobs.values(), shown])


def _library() -> Any:
    """The widgets of a notebook, loaded only for who uses them.

    Raises:
        InputError: they are not installed.
    """
    try:
        import ipywidgets  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError(
            "sliders need ipywidgets; install it: pip install 'remit[notebook]'"
        ) from error
    return ipywidgets


def sliders(
    policy: str | PathLike[str] | Policy = "balanced",
    *,
    limits: Iterable[str] = USUAL,
    most: int = 4,
    behaviour: str | PathLike[str] | Behaviour = "typical",
    brief: str | PathLike[str] | Brief = "invoicing",
    roles: str | Sequence[Seat] | None = None,
    seed: int = 1,
    runs: int | None = None,
    rest: Rest | None = None,
) -> Sliders:
    """Sliders over limits of a policy, each from 0 to `most`, with the forecast drawn below them.

    Every combination is played first, on the same luck, which takes some seconds; a move then only
    reads. It needs `ipywidgets`: `pip install 'remit[notebook]'`.

    Only limits of loops can be moved: they are where a run starts, so that one table of moves
    serves every combination. A deadline, an authority, an action at a limit or a value of the
    behaviour makes another table or other luck; `remit.study` varies those.

    Args:
        policy: the limits to begin with: a shipped name, a TOML file, or a `Policy`.
        limits: which get a slider; the others stay as they are.
        most: the end of each slider, or the policy's own limit where that is more.
        behaviour: how the simulated team behaves.
        brief: a file, a shipped name, a sentence, or a `Brief`.
        roles: who is on the team; all by default.
        seed: of the luck.
        runs: of each combination while sliders move; by default as many as take some seconds.
        rest: what is done when they rest.

    Raises:
        InputError: what was given is wrong, there are too many combinations, or `ipywidgets` is
            not installed.
    """
    _library()
    order = ordered(brief, policy=policy, behaviour=behaviour, seed=seed, roles=roles)
    names = (limits,) if isinstance(limits, str) else limits
    tops = {limit: _top(order, limit, most) for limit in map(_limit, names)}
    if not tops:
        raise InputError("sliders: name at least one limit")
    each = runs_of_each(tops) if runs is None else runs
    grid = play(order, tops, runs=each, seed=seed)
    return Sliders(order, grid, rest or Rest())


def _limit(name: str) -> Limit:
    if name not in tuple(LOOPS):
        near = advice(str(name), map(str, LOOPS))
        raise InputError(
            f"sliders: {quoted(str(name))} is no limit of a loop; {near} (a study varies all else)"
        )
    return Limit(name)


def _top(order: Order, limit: Limit, most: int) -> int:
    """The end of a slider."""
    value = order.policy.limits.value(limit)
    if value is None:
        raise InputError(f"sliders: {limit} is unlimited in this policy; give it a number first")
    if order.manifest().limit(limit) != value:
        raise InputError(f"sliders: {limit}: nobody on this team can do that work again")
    if limit is Limit.HUMAN_QUESTIONS and not order.policy.human.present:
        raise InputError(f"sliders: {limit}: this policy asks no person (human.present)")
    return max(most, value)
