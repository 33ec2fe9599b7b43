"""A study in words: its answer, how sure it is, and what it rests on. Plain sentences."""

from collections.abc import Iterator, Sequence

from remit.analysis.figures import CONFIDENCE
from remit.analysis.lines import listed
from remit.analysis.study.choice import TIE, Front, Recommendation, recommend
from remit.analysis.study.compare import saving
from remit.analysis.study.plan import Constraint, Goal
from remit.analysis.study.responses import NATURES, Response, change, said
from remit.analysis.study.results import RESAMPLES, Results, level_words
from remit.analysis.wording import begun, counted

_NONE = 5e-4
"""Shares below this are nothing: rounding, or less than one sample."""
_TOPS = {Response.COST: "the cheapest", Response.HOURS: "the quickest"}
LISTED = 6
"""Points that a sentence names."""
ENGINES = {
    "exact": "solved exactly over all runs that can be, with budgets unlimited: none comes within "
    "four standard deviations of its budget",
    "sample": "sampled on arrays: every run follows the routing table and the behaviour, and only "
    "what it came to is kept",
    "plain": "run one by one by the plain loop, with every handoff",
    "graph": "run one by one through LangGraph, with every handoff",
}


BY_RUNS = (
    "Intervals hold the true value in 95 of 100 such studies: Wilson's for shares, Student's "
    "for amounts, Newcombe's for differences of shares, the bootstrap (whole runs drawn again, all "
    "points alike) for those of amounts. Effects are compared within the same levels of the other "
    "factors; what a factor or a pair does is clear if it passes what luck makes of the largest of "
    "all such differences in 95 of 100 studies. Policies are told apart run by run, by the exact "
    "sign test for shares and Student's for amounts, with Holm's correction over all that are "
    "compared."
)
EXACTLY = (
    "The means were solved, not drawn: no luck is in them. What a solution leaves out is less than "
    "a millionth of all runs; the error that this can make of each mean is certified, and two "
    "policies are told apart where their means differ by more."
)


def unfinished(found: Results) -> str:
    """What is missing from a study, said before anything else; empty where it is complete."""
    if found.is_complete:
        return ""
    asked, solved = found.asked, found.is_exact
    points = len(asked.points)
    least = 1 if solved else asked.replicates
    made = len(found.there) if solved else _runs(found, least)
    parts = [
        (made, points * least, "solutions" if solved else "runs"),
        (sum(map(len, found.worlds.values())), points * asked.worlds, "points in other worlds"),
    ]
    told = " and ".join(f"{some:,} of {all_:,} {what}" for some, all_, what in parts if some < all_)
    return (
        f"Not complete: {told} are in; all that is said here is of these. `remit study FILE "
        "--resume` goes on."
    )


def _runs(found: Results, most: int) -> int:
    """Runs that are in, of each point as many as were asked for at most."""
    first = found.asked.responses[0]
    return sum(min(len(one[first]), most) for one in found.runs.values())


def headline(found: Results, choice: Recommendation) -> str:
    """The question's answer in a sentence, with what it rests on."""
    if not choice.is_met:
        return "In short: no policy of this study meets every bound."
    asked, response = found.asked, choice.goal.response
    chosen = [place for place in range(len(asked.factors)) if place not in asked.circumstances]
    verdicts = (_verdict(found, choice, place) for place in chosen if _varies(found, place))
    told = "; ".join(filter(None, verdicts)) or named(found, [choice.point])
    return (
        f"In short: {told}. {NATURES[response].words.capitalize()}: "
        f"{said(response, found.mean(response, choice.point).value)}. {_rests(found, choice)}"
    )


def _varies(found: Results, factor: int) -> bool:
    return len({found.asked.points[one][factor] for one in found.there}) > 1


def _verdict(found: Results, choice: Recommendation, factor: int) -> str:
    """What to take of a factor, and which of its levels are as good with all else as chosen."""
    asked = found.asked
    name, level = asked.factors[factor], asked.points[choice.point][factor]

    def levels(points: Sequence[int]) -> list[str]:
        rest = [_without(asked.points[one], factor) for one in (choice.point, *points)]
        near = [one for one, other in zip(points, rest[1:], strict=True) if other == rest[0]]
        return [*dict.fromkeys(asked.points[one][factor] for one in near)]

    others = levels(choice.alike)
    words = asked.answers.get(name, {}).get(level) or f"{name} = {level_words(level)}"
    if len(others) > 1 and {level, *others} == {*levels(found.there)}:
        return f"{words}, though none of the others can be told from it"
    if others:
        return f"{words}, though {listed([*map(level_words, others)])} cannot be told from it"
    return words


def _without(levels: Sequence[str], factor: int) -> tuple[str, ...]:
    """A point's levels of all factors but one."""
    return (*levels[:factor], *levels[factor + 1 :])


def _rests(found: Results, choice: Recommendation) -> str:
    """What an answer rests on, and where else it stands."""
    labels = found.asked.labels[choice.point]
    some = f"{labels.assumed} of whose {labels.values}"
    team = f"all {labels.values} of whose" if labels.assumed == labels.values else some
    team = f"This rests on a simulated team, {team} values are assumed"
    if not choice.worlds:
        return f"{team}."
    meets = f", and meets every bound in {choice.meets_in}" if choice.constraints else ""
    return (
        f"{team}; with these varied over their ranges it stays the best, or level with the best, "
        f"in {choice.unbeaten_in} of {choice.worlds} other worlds{meets}."
    )


def named(found: Results, points: Sequence[int]) -> str:
    """Points by number and name."""
    shown = [f"{one} ({found.asked.name(one)})" for one in points[:LISTED]]
    more = len(points) - LISTED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def bound(one: Constraint) -> str:
    """A bound as a person says it: `ships clean in at least 60.0 %`."""
    words = f"at {'most' if one.most else 'least'} {said(one.response, one.bound)}"
    return f"{NATURES[one.response].words} {words}"


def wanted(goal: Goal, constraints: Sequence[Constraint]) -> str:
    """What a recommendation looks for."""
    how = f"the {_extreme(goal.response, more=goal.more)}"
    bounds = "; ".join(map(bound, constraints))
    return f"{how}, with {bounds}" if bounds else how


def _extreme(response: Response, *, more: bool) -> str:
    """The best that a response can be: `lowest cost`, `highest share of runs that ship`."""
    nature, which = NATURES[response], "highest" if more else "lowest"
    words = nature.words.replace("ships", "ship")
    return f"{which} {'share of runs that ' if nature.unit == '%' else ''}{words}"


def apart(found: Results) -> str:
    """What is said where no two policies share their circumstances."""
    names = listed([found.asked.factors[one] for one in found.asked.circumstances])
    return (
        f"In short: nothing can be recommended. Each of the {len(found.there)} points has "
        f"circumstances of its own ({names}), and policies are compared within the same ones only. "
        f"To compare policies, let a grid have a few values of each, or leave them out and set "
        "worlds = 16. What each factor does on average is told below."
    )


def answer(found: Results, choice: Recommendation) -> Iterator[str]:
    """What to do, and how sure that is."""
    if not choice.is_met:
        yield from _unmet(found, choice)
        return
    response = choice.goal.response
    fits = f"{len(choice.fits)} of {len(found.there)} policies meet every bound. "
    yield (
        f"Wanted: {wanted(choice.goal, choice.constraints)}. "
        f"{fits if choice.constraints else ''}Recommended: point {named(found, [choice.point])}, "
        f"with {NATURES[response].words} {_mean(found, response, choice.point)}."
    )
    if found.is_exact:
        yield "How sure: this was solved, not drawn; there is no luck in it."
    else:
        yield f"How sure: {_sure(found, choice)} {_again(choice)}"
    if choice.same:
        where = "" if found.is_exact else ", in every run"
        yield f"Exactly as good in {NATURES[response].words}{where}: {named(found, choice.same)}."
    told = _settled(found, choice)
    if told:
        yield told
    if choice.clearly_worse:
        yield f"Clearly worse in {NATURES[response].words}: {named(found, choice.clearly_worse)}."


def _settled(found: Results, choice: Recommendation) -> str:
    """What settled it where several are equally good; empty where nothing had to."""
    goal, there = choice.goal, found.there
    slack = TIE + found.slack(goal.response)
    level = [one.point for one in choice.against if abs(one.value) <= slack]
    if not level:
        return ""
    words, number = NATURES[goal.response].words, choice.point
    then = found.asked.tie_break(goal)
    begun = f"Of all that are level in {words}, point {number}"
    if then is None:
        return f"{begun} is taken as the first."
    value = dict(zip(there, found.means[then].tolist(), strict=True))
    if all(value[one] == value[number] for one in level):
        return f"{begun} is taken as the first: they are level in {NATURES[then].words} too."
    if any(value[one] == value[number] for one in level):
        return f"{begun} is {_top(then)}, with others, and the first of these."
    return f"{begun} is {_top(then)}."


def _top(response: Response) -> str:
    """What the best in a response is called."""
    if response in _TOPS:
        return _TOPS[response]
    return f"the one with the {_extreme(response, more=NATURES[response].more_is_better)}"


def _sure(found: Results, choice: Recommendation) -> str:
    """Whether the runs tell the recommended policy from the others."""
    words, response = NATURES[choice.goal.response].words, choice.goal.response
    near = [one for one in choice.against if one.point in {*choice.alike} - {*choice.same}]
    allowed = f"by {found.common:,} runs of each, with {counted(len(choice.against), 'comparison')}"
    doubt = choice.constraints and choice.meets < CONFIDENCE
    if near:
        low, high = min(one.wide[0] for one in near), max(one.wide[1] for one in near)
        most = max(one.differs for one in near)
        unlike = f"; they differ in {'at most ' if len(near) > 1 else ''}{most:,} of these runs"
        return (
            f"too close to call. {begun(allowed)} allowed for, it cannot be told from "
            f"{named(found, [one.point for one in near])}; in {words} the difference may be "
            f"anything from {_apart(response, low)} to {_apart(response, high)} (95 % interval)"
            f"{unlike}."
        )
    if choice.clearly_worse and doubt:
        return (
            f"ahead in {words}, {allowed} allowed for, but whether it meets every bound is too "
            "close to call."
        )
    if choice.clearly_worse:
        return f"clear, {allowed} allowed for."
    if choice.same:
        return "nothing tells it from the others."
    if choice.constraints:
        rest = ", and whether this one does is too close to call" if doubt else ""
        return f"no other policy meets every bound{rest}."
    return "there is no other policy to compare it with."


def _apart(response: Response, by: float) -> str:
    """How far another policy lies from the recommended one."""
    if not by:
        return "the same"
    return f"{change(response, abs(by)).lstrip('+')} {'lower' if by < 0 else 'higher'}"


def _again(choice: Recommendation) -> str:
    """What comes first when the runs are drawn again."""
    drawn = f"With these runs drawn again {RESAMPLES:,} times (the bootstrap)"
    meets = f"it meets every bound in {_share(choice.meets)}" if choice.constraints else ""
    rivals = len(choice.fits) - 1 - len(choice.same)
    if not rivals:
        return f"{drawn} {meets}." if meets else ""
    parts = (
        (choice.ahead, "ahead of the rest"),
        (choice.unbeaten - choice.ahead, "level with the best"),
        (1 - choice.unbeaten, "behind, or outside a bound," if meets else "behind"),
    )
    told = listed(f"{words} in {_share(share)}" for share, words in parts if share > _NONE)
    return f"{drawn} it is {told}{f'; {meets}' if meets else ''}."


def _share(part: float) -> str:
    """A part of a hundred, whole; nearly all is not all."""
    whole = part in (0, 1) or 0.005 <= part < 0.995
    return f"{100 * part:.0f} %" if whole else f"{100 * part:.1f} %"


def _mean(found: Results, response: Response, point: int) -> str:
    """A mean with its interval; a solved one alone."""
    mean = found.mean(response, point)
    value, low, high = (said(response, one) for one in (mean.value, mean.low, mean.high))
    return value if found.is_exact else f"{value} ({low} to {high})"


def _unmet(found: Results, choice: Recommendation) -> Iterator[str]:
    short = "; ".join(
        f"{NATURES[one.constraint.response].words} is {said(one.constraint.response, one.value)}, "
        f"wanted at {'most' if one.constraint.most else 'least'} "
        f"{said(one.constraint.response, one.constraint.bound)}"
        for one in choice.missed
    )
    yield (
        f"Wanted: {wanted(choice.goal, choice.constraints)}. None of {len(found.there)} policies "
        f"meets every bound. Point {named(found, [choice.point])} comes closest: {short}."
    )


def front_words(found: Results, one: Front) -> str:
    """What nothing beats, and the knee."""
    by = listed(NATURES[name].words for name in one.responses)
    if len(one.points) == 1:
        return f"One policy is the best in {by} at once: {named(found, one.points)}."
    return (
        f"Nothing beats these in {by} at once: {named(found, one.points)}. The best balance (the "
        f"knee, nearest to the best of each) is point {named(found, [one.knee])}."
    )


def until_words(found: Results, response: Response, wanted: float) -> str:
    """Whether every mean is known as well as `--until` asked."""
    means = [found.mean(response, point) for point in found.there]
    halves = [(one.high - one.low) / 2 for one in means]
    wide = sum(half > wanted for half in halves)
    widest = change(response, max(halves)).lstrip("+")
    words = f"Half an interval of {NATURES[response].words} is {widest} at most"
    if not wide:
        return f"{words}, as --until {wanted:g} asked."
    return (
        f"{words}: --until {wanted:g} is not reached at {wide} of {counted(len(means), 'point')}, "
        f"because the file allows no more than {max(one.runs for one in means):,} runs of each "
        "(`most`)."
    )


def luck_words(found: Results) -> str:
    """What shared luck saves, measured against the recommended policy of the first circumstance."""
    first = found.scenarios()[0].found
    if len(first.there) < 2 or first.common < 3 or found.is_apart:  # solved, or too little
        return ""
    against = recommend(first).point
    made = [saving(first, one, against) for one in found.asked.responses]
    made = [one for one in made if one.independent]
    told = ", ".join(f"{NATURES[one.response].words} {_times(one.factor)}" for one in made)
    return (
        "All points face the same random streams. Independent seeds would need so many times the "
        f"runs for differences as sharp (measured on these runs, against point {against}): {told}."
    )


def _times(factor: float) -> str:
    return "no run differs" if factor == float("inf") else f"{factor:.1f}x"


def method(found: Results) -> Iterator[str]:
    """How the numbers were made, and what they rest on."""
    one, row = found.asked, found.row
    state = "complete" if found.is_complete else "not complete"
    made = "Solutions" if found.is_exact else counted(found.total, "run")
    yield (
        f"{made} of {len(found.there)} of {len(one.points)} points "
        f"({one.design.replace('_', ' ')}), {state}; {ENGINES.get(row.engine, row.engine)}. Brief "
        f"{one.brief!r}, base policy {one.policy!r}, behaviour {one.behaviour!r}, seed {one.seed}, "
        f"Remit {row.remit_version}, plan {row.hash[:12]}."
    )
    yield EXACTLY if found.is_exact else BY_RUNS
    labels = [one.labels[point] for point in found.there]
    measured, published, assumed = (
        _from_to([getattr(each, name) for each in labels])
        for name in ("measured", "published", "assumed")
    )
    yield (
        f"What it rests on: the simulated team, of whose values {measured} are measured, "
        f"{published} published and {assumed} assumed (`remit behaviour show {one.behaviour}` has "
        "each with its source). Differences between policies are sharper "
        "than the levels; none of it is a measurement of your team."
    )


def _from_to(counts: Sequence[int]) -> str:
    """A number that may differ between the points."""
    least, most = min(counts), max(counts)
    return str(least) if least == most else f"{least} to {most}"


def responses_of(found: Results) -> tuple[Response, ...]:
    """The responses in the order of the study, the goal's first."""
    return tuple(dict.fromkeys((found.asked.goal.response, *found.asked.responses)))
