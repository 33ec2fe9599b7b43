"""The tables of a study: its policies, its effects, and its differences."""

from collections.abc import Iterator
from dataclasses import replace

from remit.analysis.study.choice import TIE, Front, Recommendation, front, recommend
from remit.analysis.study.compare import Difference
from remit.analysis.study.effect_words import effect_words, interaction_words
from remit.analysis.study.effects import effects, interactions
from remit.analysis.study.responses import NATURES, Response, change, said
from remit.analysis.study.results import Results, Scenario, level_words
from remit.analysis.study.words import (
    answer,
    apart,
    front_words,
    headline,
    luck_words,
    method,
    unfinished,
)
from remit.state.sheet import Sheet, Table

ROWS = 24
"""Points that a terminal is shown, the best first; the report has all."""


def heads_of(response: Response) -> str:
    """The head of a response's column."""
    return NATURES[response].words


def ranked(found: Results) -> list[int]:
    """The points with runs, the best in the goal first, those that miss a bound last.

    Of points that are level in the goal the better one in what settles ties comes first, as in a
    recommendation.
    """
    goal, choice = found.asked.goal, recommend(found)
    then = found.asked.tie_break(goal)
    value = _costs(found, goal.response, more=goal.more)
    settling = {} if then is None else _costs(found, then, more=NATURES[then].more_is_better)
    tie = TIE + found.slack(goal.response)
    ranks, rank, last = dict[int, int](), 0, (False, 0.0)
    for point in sorted(found.there, key=lambda one: (one not in choice.fits, value[one])):
        here = (point not in choice.fits, value[point])
        if not ranks or here[0] != last[0] or here[1] > last[1] + tie:
            rank, last = len(ranks), here
        ranks[point] = rank
    return sorted(ranks, key=lambda one: (ranks[one], settling.get(one, 0.0), one))


def _costs(found: Results, response: Response, *, more: bool) -> dict[int, float]:
    """By point with runs, its mean turned so that less is better."""
    return dict(
        zip(found.there, (found.means[response] * (-1 if more else 1)).tolist(), strict=True)
    )


def points_table(found: Results, most: int | None = ROWS, *, wide: bool = False) -> Table:
    """The policies, circumstance by circumstance; `wide` gives every mean its interval."""
    order, marks = list[int](), dict[int, str]()
    for _, _, one in found.scenarios():
        choice, on = recommend(one), front(one)
        order += ranked(one)
        marks |= {point: "" if found.is_apart else _mark(point, choice, on) for point in one.there}
    shown = order[:most]
    names = found.asked.responses
    more = len(order) - len(shown)
    table = Table(
        title="The policies, the best first" + (f" ({more} more are left out)" if more else ""),
        heads=("", "point", *(heads_of(one) for one in names), " / ".join(found.asked.factors)),
        rows=tuple(
            (
                marks[point],
                str(point),
                *(_cell(found, one, point, wide=wide) for one in names),
                found.asked.name(point),
            )
            for point in shown
        ),
        right=("point", *(heads_of(one) for one in names)),
        drop=tuple(heads_of(one) for one in reversed(names[2:])),
    )
    return _named_first(table) if wide else table


def _named_first(table: Table) -> Table:
    """The table with its last column, what a policy sets, after the point's number."""

    def turned(row: tuple[str, ...]) -> tuple[str, ...]:
        return (*row[:2], row[-1], *row[2:-1])

    return replace(table, heads=turned(table.heads), rows=tuple(map(turned, table.rows)))


def _mark(point: int, choice: Recommendation, on: Front) -> str:
    """What `MARKS` says about a point among those of its circumstance."""
    if point == choice.point:
        return ">" if choice.is_met else "~"
    if point not in choice.fits:
        return "!"
    return "*" if point in on.points else ""


MARKS = "> recommended (~ comes closest), * nothing beats it on the front, ! misses a bound"


def _cell(found: Results, response: Response, point: int, *, wide: bool) -> str:
    mean = found.mean(response, point)
    if not wide or found.is_exact:
        return said(response, mean.value)
    low, high = said(response, mean.low), said(response, mean.high)
    return f"{said(response, mean.value)} [{low}, {high}]"


def effects_table(found: Results, response: Response) -> Table:
    """What each level of each factor gives."""
    return _solved(found, Table(
        title=f"Main effects on {NATURES[response].words}",
        heads=("factor", "level", "mean", INTERVAL, "points"),
        rows=tuple(
            (one.factor if not place else "", level_words(step.level), said(response, step.value),
             f"{said(response, step.low)} to {said(response, step.high)}", str(step.points))
            for one in effects(found, response)
            for place, step in enumerate(one.steps)
        ),
        right=("mean", INTERVAL, "points"),
        drop=("points",),
    ))  # fmt: skip


def differences_table(found: Results, told: tuple[Difference, ...]) -> Table:
    """Every policy against the recommended one."""
    return _solved(found, Table(
        title="Against the recommended policy" + ("" if found.is_exact else ", run by run"),
        heads=("point", "difference", INTERVAL, P, "policy"),
        rows=tuple(
            (str(one.point), change(one.response, one.value),
             f"{change(one.response, one.low)} to {change(one.response, one.high)}",
             _p(one), found.asked.name(one.point))
            for one in told
        ),
        right=("point", "difference", INTERVAL, P),
        drop=(P,),
    ))  # fmt: skip


INTERVAL, P = "95 % interval", "p (Holm)"


def _solved(found: Results, table: Table) -> Table:
    """The table without what only drawn means have."""
    if not found.is_exact:
        return table
    kept = [at for at, head in enumerate(table.heads) if head not in (INTERVAL, P)]
    return replace(
        table,
        heads=tuple(table.heads[at] for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in table.rows),
        right=tuple(one for one in table.right if one not in (INTERVAL, P)),
        drop=tuple(one for one in table.drop if one != P),
    )


def _p(one: Difference) -> str:
    return "< 0.001" if one.p < 0.001 else f"{one.p:.3f}"


def sentences(found: Results) -> Iterator[str]:
    """What is missing, the answer, the front, what matters, and the luck, in reading order."""
    missing = unfinished(found)
    if missing:
        yield missing
    for one in found.scenarios():
        yield from answers(one)
    goal = found.asked.goal.response
    yield from (effect_words(one) for one in effects(found, goal))
    yield from (interaction_words(one) for one in interactions(found, goal)[:1])
    luck = luck_words(found)
    if luck:
        yield luck


def answers(scenario: Scenario) -> Iterator[str]:
    """The answer in a circumstance, and what nothing beats there."""
    _, words, found = scenario
    if found.is_apart:
        yield apart(found)
        return
    choice = recommend(found)
    short = headline(found, choice)
    yield f"{words[0].upper()}{words[1:]}. {short}" if words else short
    yield from answer(found, choice)
    if len(found.there) > 1:
        yield front_words(found, front(found))


def study_sheet(found: Results) -> Sheet:
    """A study as a person reads it in a notebook."""
    if not found.there:
        return Sheet(title=found.asked.title, about="no runs yet")
    return Sheet(
        title=found.asked.title,
        about=found.asked.about,
        tables=(
            _told("The answer", sentences(found)),
            points_table(found),
            effects_table(found, found.asked.goal.response),
            _told("Method, and what it rests on", method(found)),
        ),
    )


def _told(title: str, lines: Iterator[str]) -> Table:
    return Table(title=title, heads=("",), rows=tuple((one,) for one in lines))
