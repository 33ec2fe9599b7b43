"""The report of a study: one HTML page that fetches nothing, every number traceable to a row."""

from collections.abc import Iterator, Mapping
from importlib.resources import files

from remit.analysis.lines import listed
from remit.analysis.study.choice import recommend
from remit.analysis.study.effect_words import effect_words, interaction_words
from remit.analysis.study.effects import effects, interactions
from remit.analysis.study.pictures import drawings, rendered
from remit.analysis.study.results import Results
from remit.analysis.study.tables import (
    MARKS,
    answers,
    differences_table,
    effects_table,
    points_table,
)
from remit.analysis.study.words import (
    luck_words,
    method,
    responses_of,
    unfinished,
)
from remit.state.errors import InputError
from remit.state.markup import escaped
from remit.state.sheet import Table

NOTICE = (
    "For learning and experimentation only; nothing here is professional advice. The team is "
    "simulated."
)


def page(found: Results) -> str:
    """The page.

    Raises:
        InputError: the study has no runs yet.
    """
    if not found.there:
        raise InputError(f"study {found.row.id!r}: has no runs yet; go on with --resume")
    title = escaped(found.asked.title)
    css = files("remit.analysis.study").joinpath("study.css").read_text("utf-8")
    body = "\n".join(_body(found))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{css}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def _body(found: Results) -> Iterator[str]:
    pictures = {
        name: _picture(rendered(draw, height, "svg"), name)
        for name, (height, draw) in drawings(found).items()
    }
    yield _paragraph(unfinished(found))
    if found.asked.about:
        yield _paragraph(found.asked.about)
    yield "<h2>The answer</h2>"
    for scenario in found.scenarios():
        told = "".join(map(_paragraph, answers(scenario)))
        yield f'<div class="answer">{told}</div>'
    yield "<h2>What is given for what</h2>"
    yield _figure(pictures["pareto"], "")
    yield "<h2>The policies</h2>"
    interval = "" if found.is_exact else " Each mean stands with its 95 % interval."
    yield _paragraph(f"{MARKS}.{interval}")
    yield _table(points_table(found, None, wide=True))
    yield from _effects(found, pictures)
    for _, words, one in found.scenarios():
        against = () if one.is_apart else recommend(one).against
        if against:
            yield f"<h2>Differences{escaped(f': {words}' if words else '')}</h2>"
            yield _table(differences_table(one, against))
    yield "<h2>Method, and what it rests on</h2>"
    last = (*method(found), luck_words(found), _trace(found), NOTICE)
    yield from map(_paragraph, last)


def _effects(found: Results, pictures: Mapping[str, str]) -> Iterator[str]:
    goal = found.asked.goal.response
    made = effects(found, goal)
    if not made:
        return
    yield "<h2>What matters</h2>"
    yield _figure(pictures["tornado"], " ".join(map(effect_words, made)))
    yield _figure(pictures["main-effects"], "")
    if "interaction" in pictures:
        yield _figure(pictures["interaction"], interaction_words(interactions(found, goal)[0]))
    for response in responses_of(found):
        yield _table(effects_table(found, response))


def _trace(found: Results) -> str:
    """Where each number comes from."""
    what = "each mean and its error" if found.is_exact else "the response of every run"
    files = ["points.csv", *([] if found.is_exact else ["runs.csv"])]
    files += ["worlds.csv"] if found.worlds else []
    return (
        f"Every number is computed from the rows of study {found.row.id!r} in the record: table "
        f"study_responses, by point, world and batch, with {what}; {listed(files)} beside this "
        f"page {'holds' if len(files) == 1 else 'hold'} the same as text."
    )


def _paragraph(text: str) -> str:
    return f"<p>{escaped(text)}</p>" if text else ""


def _figure(picture: str, words: str) -> str:
    caption = f"<figcaption>{escaped(words)}</figcaption>" if words else ""
    return f"<figure>{picture}{caption}</figure>"


def _picture(svg: bytes, name: str) -> str:
    """The picture without XML's preamble, its ids its own: several stand on one page."""
    text = svg.decode("utf-8")
    text = text[text.index("<svg") :]
    text = text.replace('id="', f'id="{name}-').replace('href="#', f'href="#{name}-')
    return text.replace("url(#", f"url(#{name}-").replace("<svg", '<svg role="img"', 1)


def _cell(text: str, kind: str) -> str:
    """A cell; the interval of a number below it, so that wide tables fit a page."""
    return escaped(text).replace(" [", "<br>[") if kind else escaped(text)


def _table(shown: Table) -> str:
    right = [head in shown.right for head in shown.heads]
    kinds = [' class="n"' if one else "" for one in right]
    head = "".join(
        f'<th scope="col"{kind}>{escaped(one)}</th>'
        for kind, one in zip(kinds, shown.heads, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{kind}>{_cell(one, kind)}</td>" for kind, one in zip(kinds, row, strict=True)
        )
        + "</tr>\n"
        for row in shown.rows
    )
    title = f"<p><strong>{escaped(shown.title)}</strong></p>" if shown.title else ""
    return (
        f'{title}<div class="wide"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>"
    )
