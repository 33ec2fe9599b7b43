"""`remit study` and `remit study-report`: compare policies over many runs, and read the answer."""

import shlex
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli import completing
from remit.cli.ending import INTERRUPTED, say
from remit.cli.terms import Db, Json, db_words, dump, stored
from remit.screen import Screen, standard
from remit.state.inert import cut, inert

if TYPE_CHECKING:
    from remit.analysis.study.conduct import Progress, Sitting, Until
    from remit.analysis.study.found import Found
    from remit.analysis.study.plan import Study
    from remit.analysis.study.results import Results
    from remit.state.store import Store
    from remit.studying import Settled

EVERY_S, PIPED_S = 1.0, 60.0
"""Seconds between two tellings of progress, on a terminal and in a pipe."""
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write the report, its pictures and its rows there."),
]


def study(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="A TOML file, or the name of a study that comes with Remit; without one these "
            "are listed.",
            autocompletion=completing.studies,
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            metavar="E",
            help="auto, exact (solved: no luck in it), sample (arrays), plain (one by one), or "
            "graph (LangGraph). auto solves what takes seconds and samples the rest.",
            autocompletion=completing.engines,
        ),
    ] = "auto",
    jobs: Annotated[
        int, typer.Option(min=1, max=256, metavar="N", help="Processes; results are the same.")
    ] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a study that is in the record.")
    ] = False,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="HALF_WIDTH",
            help="Add runs to each point until its interval is that narrow: of the objective, or "
            "of another as in cost=0.05.",
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Print the file of a shipped study, to begin yours from.")
    ] = False,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its name in the record. [default: FILE's]")
    ] = None,
    out: Out = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Compare policies over many simulated runs, on the same luck.

    The file says what is varied, what is looked at, and what is wanted. Everything is checked
    before it starts; what was run is in the record, and nothing is run twice.
    """
    screen = standard(to_stderr=as_json)
    if file is None:
        _list(screen)
        return
    if show:
        _show(file)
        return
    from remit.analysis.study.conduct import Workers, conduct
    from remit.analysis.study.words import until_words
    from remit.studying import check_engine, check_patience, until_of

    asked = _read(file, name)
    enough = until_of(until, asked)
    check_engine(engine)
    check_patience(asked, engine, jobs)
    with _opened(screen, db, asked, engine, resume, jobs, enough) as sitting:
        ticker, words = _Ticker(screen), _again(file, engine, name, db)
        try:
            conduct(sitting, Workers(jobs=jobs), enough, ticker)
        except KeyboardInterrupt:
            say(f"interrupted; what is done is kept, go on with `{words}`")
            raise typer.Exit(INTERRUPTED) from None
        found = _found(sitting)
        if enough is not None and not found.results.is_exact:
            screen.line()
            screen.lines(until_words(found.results, enough.response, enough.half_width))
        _tell(screen, found, out, as_json=as_json)
        if out is None:
            screen.line(f"next: remit study-report {inert(found.name)}{db_words(db)}")


def study_report(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY",
            help="A study's name, or a beginning that only one has.",
            autocompletion=completing.recorded_studies,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where to; made if need be. [default: STUDY-report]"),
    ] = None,
    db: Db = None,
    as_json: Json = False,
) -> None:
    """Write the report of a study: an HTML page, pictures, and all rows."""
    from remit.analysis.study.found import Found
    from remit.analysis.study.results import read

    screen = standard(to_stderr=as_json)
    with stored(db) as store:
        found = Found(read(store, study))
    _tell(screen, found, out or Path(f"{found.name}-report"), as_json=as_json)


def _list(screen: Screen) -> None:
    from remit.analysis.study.reading import NAMES, load
    from remit.analysis.summary_text import wrapped

    for one in NAMES:
        for line in wrapped(one, cut(load(one).title, 500), screen.width):
            screen.line(line)
    screen.line()
    screen.line(f"next: remit study {NAMES[0]}; --show prints its file, to begin yours from")


def _show(name: str) -> None:
    from remit.analysis.study.reading import text_of

    sys.stdout.write(text_of(name))


def _read(file: str, name: str | None) -> "Study":
    from dataclasses import replace

    from remit.analysis.study.reading import load
    from remit.state.runid import checked_name

    asked = load(file)
    return asked if name is None else replace(asked, name=checked_name(name))


def _announce(
    screen: Screen, asked: "Study", settled: "Settled", jobs: int, until: "Until | None"
) -> None:
    """What will be done, and by whom, before it starts."""
    from remit.analysis.study.conduct import estimate_s, planned
    from remit.analysis.study.engines import Engine
    from remit.analysis.wording import counted

    engine = settled.engine
    screen.lines(asked.title, "bold")
    factors = ", ".join(one.name for one in asked.factors)
    screen.lines(f"{counted(len(asked.points), 'point')} over {factors}")
    if settled.note:
        screen.lines(f"not solved exactly, because {settled.note}: runs are sampled")
    worlds = f", {asked.worlds} other worlds included" if asked.worlds else ""
    tasks = [*planned(asked, engine)]
    what = f"{sum(task.runs for task in tasks):,} runs{worlds}"
    if engine is Engine.EXACT:
        what = f"{counted(len(tasks), 'solution')}{worlds}, no runs"
        what += "; --until has nothing to do" if until is not None else ""
    elif until is not None:
        what += f", and up to {len(asked.points) * (asked.most - asked.replicates):,} more"
    screen.lines(
        f"{what}; engine {engine!s}, {jobs} process{'es' * (jobs > 1)}, about "
        f"{span(estimate_s(asked, engine, jobs))}"
    )


def span(seconds: float) -> str:
    """A time to wait for."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


@contextmanager
def _opened(
    screen: Screen, db: str | None, asked: "Study", engine: str, resume: bool, jobs: int,
    until: "Until | None",
) -> Generator["Sitting"]:  # fmt: skip
    """The study in the record, begun or gone on with, open inside the block."""
    from remit.analysis.study.conduct import begin
    from remit.runs import now
    from remit.state.place import default_url
    from remit.studying import kept_in, settled
    from remit.version import __version__

    with kept_in(db or default_url()) as store:
        _check_resumed(store, asked.name, resume)
        how = settled(asked, engine, store)
        _announce(screen, asked, how, jobs, until)
        yield begin(store, asked, how.engine, version=__version__, now=now())


def _check_resumed(store: "Store", name: str, resume: bool) -> None:
    from remit.state.errors import InputError
    from remit.state.studies import studies
    from remit.state.suggest import advice

    names = [row.id for row in studies(store)]
    if name in names and not resume:
        raise InputError(
            f"study {name!r}: is in the record already; --resume goes on with it, --name NAME "
            "begins another"
        )
    if resume and name not in names:
        raise InputError(f"study {name!r}: is not in the record; {advice(name, names)}")


def _again(file: str, engine: str, name: str | None, db: str | None) -> str:
    """The command that goes on."""
    words = ["remit study", shlex.quote(file), "--resume"]
    words += [f"--engine {engine}"] if engine != "auto" else []
    words += [f"--name {name}"] if name else []
    return inert(" ".join(words)) + db_words(db)


class _Ticker:
    """Tells how far a study is, now and then: on a terminal in one line that is written again."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._same_line = sys.stderr.isatty()
        self._told = time.monotonic()

    def __call__(self, progress: "Progress") -> None:
        every = EVERY_S if self._same_line else PIPED_S
        last = progress.done == progress.of
        if time.monotonic() - self._told < every and not last:
            return
        self._told = time.monotonic()
        left = "" if progress.left_s is None or last else f", {span(progress.left_s)} left"
        said = f"{progress.done} of {progress.of} batches{left}"
        if self._same_line:
            end = "\n" if last else ""
            print(f"\r{said:<60}", end=end, file=sys.stderr, flush=True)
        elif progress.left_s is not None and not last:
            self._screen.line(said)


def _found(sitting: "Sitting") -> "Found":
    from remit.analysis.study.found import Found
    from remit.analysis.study.results import read

    return Found(read(sitting.store, sitting.row.id))


def _tell(screen: Screen, found: "Found", out: Path | None, *, as_json: bool) -> None:
    """The answer, the policies, and where the report is."""
    from remit.analysis.study.choice import check_there
    from remit.analysis.study.tables import MARKS, points_table, sentences

    check_there(found.results, ())
    screen.line()
    for said in sentences(found.results):
        screen.lines(said)
    screen.line()
    shown = points_table(found.results)
    screen.lines(shown.title, "bold")
    screen.table(shown)
    screen.lines(MARKS)
    files = found.save(out) if out is not None else ()
    if files:
        screen.line(f"wrote {len(files)} files; read {inert(str(files[0]))}")
    if as_json:
        dump(_plain(found))


def _plain(found: "Found") -> dict[str, Any]:
    from remit.analysis.study.rows import row_of

    results = found.results
    return {
        "study": found.name,
        "title": results.asked.title,
        "complete": results.is_complete,
        "plan": results.row.hash,
        "points": [row_of(results, point) for point in results.there],
        **_judged(results, alone=len(results.scenarios()) == 1 and not results.is_apart),
    }


def _judged(results: "Results", *, alone: bool) -> dict[str, Any]:
    """What is recommended and what nothing beats: in each circumstance where there are several."""
    from dataclasses import asdict

    from remit.analysis.study.choice import front, recommend

    def told(one: "Results") -> dict[str, Any]:
        return {"recommendation": asdict(recommend(one)), "front": asdict(front(one))}

    if alone:
        return told(results)
    several = [] if results.is_apart else results.scenarios()
    return {
        "recommendation": None,
        "front": None,
        "circumstances": {one.name: told(one.found) for one in several},
    }
