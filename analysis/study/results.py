"""What a study found, as numbers: the runs of every point, side by side on the same luck."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remit.analysis.study.exact import PARTS
from remit.analysis.study.factors import BEHAVIOUR
from remit.analysis.study.plan import Constraint, Goal
from remit.analysis.study.responses import NATURES, Amounts, Response
from remit.analysis.study.sums import Mean, Sums, interval
from remit.analysis.study.terms import meaning
from remit.state import studies
from remit.state.errors import Tampered
from remit.state.store import Store
from remit.state.studies import BatchRow, StudyRow

Matrix = NDArray[np.float64]
RESAMPLES = 1_000
"""Bootstrap samples: an interval's ends are good to about a twentieth of its width."""


BLOCKS = 20_000
"""Parts that are drawn again at most: with more runs, as many in each part as it takes."""
ROOM = 1_000_000
"""Numbers that the resampling holds at a time."""
EXACT = "exact"
"""The engine that solves; its means have a certified error in place of an interval."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """How many values of a behaviour are measured, published and assumed."""

    measured: int = 0
    published: int = 0
    assumed: int = 0

    @property
    def values(self) -> int:
        """All of them."""
        return self.measured + self.published + self.assumed


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a study asked, as its plan in the record says it."""

    title: str
    about: str
    factors: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    """By factor, the names of its levels in order; none for a range."""
    points: tuple[tuple[str, ...], ...]
    """By point, the name of each factor's level."""
    responses: tuple[Response, ...]
    front: tuple[Response, ...]
    constraints: tuple[Constraint, ...]
    goal: Goal
    circumstances: tuple[int, ...]
    """Factors that nobody can choose: they set values of the behaviour and nothing else."""
    worlds: int
    replicates: int
    seed: int
    design: str
    policy: str
    behaviour: str
    brief: str
    answers: Mapping[str, Mapping[str, str]]
    """By factor and level: the answer to the title's question, should that level be best."""
    labels: tuple[Labels, ...]
    """By point."""

    def tie_break(self, goal: Goal) -> Response | None:
        """What settles a tie: the first response of the front that is not the goal's."""
        others = (one for one in self.front if one is not goal.response)
        return next((one for one in others if one in self.responses), None)

    def name(self, point: int) -> str:
        """A point in short."""
        return " / ".join(map(level_words, self.points[point])) or "as given"


def level_words(name: str) -> str:
    """A level as it is read: `two_rounds` as two words; a number or a file as it is written."""
    return name.replace("_", " ") if name.isidentifier() else name


def asked(row: StudyRow, points: Sequence[Mapping[str, Any]]) -> Asked:
    """The question of a study.

    Raises:
        Tampered: the plan lacks something, or the points are not those of the plan.
    """
    plan = row.plan
    try:
        if [*plan["points"]] != [dict(one) for one in points]:
            raise Tampered(f"study {row.id!r}: its points are not as they were written")
        if plan["engine"] != row.engine:
            raise Tampered(f"study {row.id!r}: its engine is not the one of its plan")
        factors = plan["factors"]
        # studies begun by a Remit that did not count the labels of each point
        base = Counter(one["label"] for one in plan["behaviour"]["values"].values())
        return Asked(
            title=plan["title"], about=plan["about"],
            factors=tuple(one["name"] for one in factors),
            levels=tuple(
                tuple(level["name"] for level in one.get("levels", ())) for one in factors
            ),
            points=tuple(tuple(level["name"] for level in one["levels"]) for one in points),
            responses=tuple(map(Response, plan["responses"])),
            front=tuple(map(Response, plan["front"])),
            constraints=tuple(
                Constraint(response=Response(one["response"]), most=one["most"],
                           bound=float(one["bound"]))
                for one in plan["constraints"]
            ),
            goal=Goal(response=Response(plan["goal"]["response"]), more=plan["goal"]["more"]),
            circumstances=tuple(
                number for number, one in enumerate(factors) if _is_given(one, points, number)
            ),
            worlds=plan["worlds"], replicates=plan["replicates"], seed=plan["seed"],
            design=plan["design"], policy=plan["policy"]["name"],
            behaviour=plan["behaviour"]["name"], brief=plan["brief"]["title"],
            answers=plan.get("answers", {}),
            labels=tuple(Labels(**one.get("labels", base)) for one in points),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise Tampered(f"study {row.id!r}: its plan cannot be read; restore a copy") from error


def _is_given(factor: Mapping[str, Any], points: Sequence[Mapping[str, Any]], number: int) -> bool:
    levels = factor.get("levels") or [one["levels"][number] for one in points]
    keys = {key for level in levels for key in level["sets"]}
    return bool(keys) and all(f"{key}.".startswith(BEHAVIOUR) for key in keys)


@dataclass(frozen=True, kw_only=True)
class Results:
    """The runs of a study, as far as there are any."""

    row: StudyRow
    asked: Asked
    runs: Mapping[int, Mapping[Response, Amounts]]
    """By point, of the behaviour as it is given; points without runs are left out."""
    worlds: Mapping[int, Mapping[int, Mapping[Response, float]]]
    """By world from 1, by point: the means in the response's unit."""

    @property
    def is_exact(self) -> bool:
        """Whether the means were solved: then `runs` holds each mean and its error in `PARTS`."""
        return self.row.engine == EXACT

    @cached_property
    def there(self) -> tuple[int, ...]:
        """The points that have runs, or were solved."""
        return tuple(sorted(self.runs))

    @cached_property
    def common(self) -> int:
        """Runs that every point with runs has: what is compared run by run. 0 where solved."""
        if self.is_exact:
            return 0
        return min((len(one[self.asked.responses[0]]) for one in self.runs.values()), default=0)

    @cached_property
    def total(self) -> int:
        """Runs of all points; 0 where solved."""
        if self.is_exact:
            return 0
        return sum(len(one[self.asked.responses[0]]) for one in self.runs.values())

    @property
    def is_complete(self) -> bool:
        """Whether every point has all the runs that were asked for, in every world."""
        every = range(len(self.asked.points))
        return (
            len(self.there) == len(every)
            and (self.is_exact or self.common >= self.asked.replicates)
            and len(self.worlds) == self.asked.worlds
            and all(len(one) == len(every) for one in self.worlds.values())
        )

    @cached_property
    def is_apart(self) -> bool:
        """Whether every point has circumstances of its own, so that no two can be compared."""
        given = self.asked.circumstances
        ways = {tuple(self.asked.points[at][one] for one in given) for at in self.there}
        return len(ways) == len(self.there) > 1

    def scenarios(self) -> list["Scenario"]:
        """The results by circumstance: policies compete within one only.

        One without a name where the study varies none.
        """
        asked, found = self.asked, dict[tuple[str, ...], list[int]]()
        for point in self.there:
            levels = tuple(asked.points[point][one] for one in asked.circumstances)
            found.setdefault(levels, []).append(point)
        if len(found) < 2 or self.is_apart:
            return [Scenario(name="", words="", found=self)]
        keys = [asked.factors[one] for one in asked.circumstances]
        return [
            Scenario(
                name=_joined(keys, levels), words=_joined(map(meaning, keys), levels),
                found=self._only(points),
            )
            for levels, points in found.items()
        ]  # fmt: skip

    def _only(self, points: Sequence[int]) -> "Results":
        runs = {point: self.runs[point] for point in points}
        worlds = {
            world: {point: means for point, means in one.items() if point in runs}
            for world, one in self.worlds.items()
        }
        return replace(self, runs=runs, worlds=worlds)

    def amounts(self, response: Response, point: int) -> Matrix:
        """The response of every run of a point, in its unit."""
        return self.runs[point][response] / NATURES[response].scale

    def mean(self, response: Response, point: int) -> Mean:
        """The mean of a response at a point."""
        amounts = self.runs[point][response]
        if not self.is_exact:
            return interval(response, Sums.of(amounts))
        value, error = (amounts / PARTS).tolist()
        return Mean(value=value, low=value, high=value + error, runs=0)

    def slack(self, response: Response) -> float:
        """What a solved mean may lie above what is found, at most at any point; 0 of runs."""
        if not self.is_exact:
            return 0.0
        return float(max(self.runs[point][response][1] for point in self.there)) / PARTS

    def table(self, response: Response) -> Matrix:
        """Shape (points with runs, common runs): the response, in its unit. Not where solved."""
        rows = [self.runs[point][response][: self.common] for point in self.there]
        return np.array(rows, np.float64) / NATURES[response].scale

    @cached_property
    def means(self) -> Mapping[Response, Matrix]:
        """By response, the mean of each point with runs over the common runs."""
        if self.is_exact:
            return {
                one: np.array([self.mean(one, point).value for point in self.there])
                for one in self.asked.responses
            }
        return {one: self.table(one).mean(axis=1) for one in self.asked.responses}

    @cached_property
    def resampled(self) -> Mapping[Response, Matrix]:
        """By response, shape (`RESAMPLES`, points with runs): means of bootstrap samples.

        One resampling of the common runs serves every point and every response, so that what they
        share stays shared (SciPy's bootstrap resamples one statistic at a time). The generator is
        seeded by the study, so that the same rows give the same numbers. Solved means have no luck
        that could be drawn again: they are one sample.
        """
        if self.is_exact:
            return {one: values[None] for one, values in self.means.items()}
        size = -(-self.common // BLOCKS)
        starts = np.arange(0, self.common, size)
        lengths = np.diff(np.append(starts, self.common)).astype(np.float64)
        sums = [np.add.reduceat(self.table(one), starts, axis=1) for one in self.asked.responses]
        drawn = _drawn_again(np.vstack([*sums, lengths]).T, self.asked.seed)
        made = np.split(drawn[:, :-1] / drawn[:, -1:], len(sums), axis=1)
        return dict(zip(self.asked.responses, made, strict=True))


class Scenario(NamedTuple):
    """The results in one circumstance."""

    name: str
    """By the keys of a file: `behaviour.human.silence = 0.1`."""
    words: str
    """The same as a person reads it."""
    found: Results


def _joined(names: Iterable[str], levels: Sequence[str]) -> str:
    pairs = zip(names, levels, strict=True)
    return ", ".join(f"{name} = {level_words(level)}" for name, level in pairs)


def _drawn_again(rows: Matrix, seed: int) -> Matrix:
    """Shape (`RESAMPLES`, columns): sums of as many rows, drawn with replacement."""
    rng, count = np.random.default_rng(seed), len(rows)
    found = np.empty((RESAMPLES, rows.shape[1]))
    step = max(1, ROOM // count)
    for first in range(0, RESAMPLES, step):
        some = min(step, RESAMPLES - first)
        drawn = rng.integers(0, count, (some, count)) + count * np.arange(some)[:, None]
        times = np.bincount(drawn.ravel(), minlength=some * count).reshape(some, count)
        found[first : first + some] = times.astype(np.float64) @ rows
    return found


def read(store: Store, name: str) -> Results:
    """What a study of a record has found so far.

    Raises:
        InputError: there is no such study.
        Tampered: a row is not as it was written.
    """
    row = studies.find(store, name)
    question = asked(row, studies.points(store, row.id))
    return results(row, question, studies.batches(store, row.id))


def results(row: StudyRow, question: Asked, rows: Sequence[BatchRow]) -> Results:
    """The batches of a study put together.

    Raises:
        Tampered: a batch lacks a response.
    """
    base: dict[int, dict[Response, list[Amounts]]] = {}
    worlds: dict[int, dict[int, dict[Response, float]]] = {}
    for one in rows:
        if set(one.amounts) != {str(name) for name in question.responses}:
            raise Tampered(
                f"study {row.id!r}, point {one.key.point}, batch {one.key.batch}: a response is "
                "missing; restore a copy of the record"
            )
        amounts = {name: np.asarray(one.amounts[name], np.int64) for name in question.responses}
        if row.engine == EXACT and any(len(values) != 2 for values in amounts.values()):
            raise Tampered(f"study {row.id!r}, point {one.key.point}: is no solution; restore a "
                           "copy of the record")  # fmt: skip
        if one.key.world:
            worlds.setdefault(one.key.world, {})[one.key.point] = {
                name: _middle(row, name, values) for name, values in amounts.items()
            }
            continue
        for name, values in amounts.items():
            base.setdefault(one.key.point, {}).setdefault(name, []).append(values)
    joined = {
        point: {
            name: parts[0] if len(parts) == 1 else np.concatenate(parts)
            for name, parts in found.items()
        }
        for point, found in base.items()
    }
    return Results(row=row, asked=question, runs=joined, worlds=worlds)


def _middle(row: StudyRow, response: Response, amounts: Amounts) -> float:
    """The mean of a batch, in the response's unit."""
    if row.engine == EXACT:
        return float(amounts[0]) / PARTS
    return float(amounts.mean()) / NATURES[response].scale
