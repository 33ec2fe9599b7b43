"""`remit run` and `remit resume`: order a team's run, watch it, and read its summary."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli import seating, sitting
from remit.cli.ending import CODES, ENDED, INTERRUPTED, USAGE, say
from remit.cli.standard_input import standard_input
from remit.cli.terms import (
    BehaviourName,
    BriefName,
    Db,
    Filled,
    HumanName,
    Json,
    Log,
    ModeName,
    PolicyName,
    RoleList,
    RunId,
    TeamName,
    Values,
    db_words,
    dump,
    logged,
    record,
)
from remit.screen import Screen, Ticker, standard, tell_summary
from remit.state.inert import cut
from remit.state.secrets import redact
from remit.version import __version__

if TYPE_CHECKING:
    from remit.graph.order import Order
    from remit.recorded import Run
    from remit.runs import Record
    from remit.state.brief import Brief

Pace = Annotated[
    float, typer.Option(min=0, max=3600, metavar="SECONDS", help="Wait that long between steps.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Write the bundle there: summary, contract, schema, handoffs."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the last line only.")]


def run(
    brief: BriefName = None,
    policy: PolicyName = "balanced",
    behaviour: BehaviourName = "typical",
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="The same seed gives the same run.")
    ] = 0,
    roles: RoleList = None,
    mode: ModeName = None,
    subject: Annotated[
        Path | None,
        typer.Option(metavar="BUNDLE", help="Start from the work in an earlier run's bundle."),
    ] = None,
    human: HumanName = None,
    team: TeamName = None,
    values: Values = None,
    filled: Filled = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="With --team: print every prompt and the most that it can cost; call nobody.",
        ),
    ] = False,
    script: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A YAML list of what the seats say.")
    ] = None,
    pace: Pace = 0,
    out: Out = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The run's id, instead of one made up.")
    ] = None,
    allow_unsafe: Annotated[
        bool,
        typer.Option(
            "--allow-unsafe", help="Run even under a policy that `remit check` found unsafe."
        ),
    ] = False,
    log: Log = None,
    db: Db = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Have a team take a brief to its end, and record it.

    The team works under a policy that limits every loop; each handoff is recorded.
    Everything is simulated, seeded and offline, unless --team seats somebody else. For learning and
    experimentation only: nothing a team says is professional, legal, medical, investment, security
    or deployment advice.
    """
    screen = standard(quiet=quiet, to_stderr=as_json)
    given = _brief(brief, subject)
    terms = _terms(policy, behaviour)
    screen.line(f"Remit {__version__}: {_what(brief, subject)}", "bold")
    screen.line(f"policy {cut(policy, 30)}, behaviour {cut(behaviour, 30)}, seed {seed}")
    seated = seating.team(screen, team, values, filled)

    # from here on it takes a moment: the libraries that do the work are loaded
    from remit.promised import known_safe, promised

    order, contents = ordered(
        given,
        script,
        subject,
        **terms,
        seed=seed,
        roles=roles,
        mode=mode,
        human=seating.human(human, seated),
        team=seated,
        name=name,
        allow_unsafe=allow_unsafe,
    )
    promise = promised(known_safe(order, policy).manifest())
    if dry_run:
        seating.rehearsal(screen, order, quiet=quiet)
        raise typer.Exit
    _check_out(out)
    with logged(log), record(db, create=True) as opened:
        watched = _Watched(opened, screen, db)
        asking = sitting.asking(screen, order, watched.run, db)

        def began(run_id: str) -> None:
            watched.began(run_id)
            screen.line(f"ends for certain: {promise}")
            screen.line()

        def go() -> "Run":
            return opened.start(
                order, subject=contents, progress=Ticker(screen, pace), ask=asking, begun=began
            )

        done = watched.through(go)
        code = _show(done, screen, out, db, as_json=as_json, quiet=quiet)
    raise typer.Exit(code)


def resume(
    run: RunId,
    pace: Pace = 0,
    out: Out = None,
    log: Log = None,
    db: Db = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Go on with a run that waits, failed or was interrupted.

    It goes on where its journal ends: nothing is asked, paid or counted twice.
    """
    screen = standard(quiet=quiet, to_stderr=as_json)
    _check_out(out)
    with logged(log), record(db) as opened:
        before = opened.run(run)
        terminal = sys.stdin.isatty()
        screen.line(_standing(before, terminal), "bold")
        watched = _Watched(opened, screen, db)
        watched.began(before.id)
        asking = sitting.asking(screen, before.order, watched.run, db) if terminal else None

        def go() -> "Run":
            return opened.resume(before.id, progress=Ticker(screen, pace), ask=asking)

        done = watched.through(go)
        code = _show(done, screen, out, db, as_json=as_json, quiet=quiet)
    raise typer.Exit(code)


def _standing(run: "Run", terminal: bool) -> str:
    """Where a run stands that is to go on: what it waits for, or that it has ended."""
    from remit.graph.order import HumanMode
    from remit.inbox import waits_for

    if run.outcome in ENDED:
        return f"{run.id}: already ended: {run.outcome}"
    waiting = [] if terminal and run.order.human is HumanMode.ASK else waits_for(run)
    if not waiting:
        return f"Remit {__version__}: resuming {run.id}"
    named = ", ".join(f"{one.id} ({one.kind})" for one in waiting)
    return f"{run.id}: still waits for {named}"


class _Watched:
    """A run that may be interrupted or break: whoever watches is told how it goes on."""

    def __init__(self, opened: "Record", screen: Screen, db: str | None) -> None:
        self._record, self._screen, self._db = opened, screen, db
        self._id = ""

    def began(self, run_id: str) -> None:
        self._id = run_id

    def run(self) -> "Run":
        """The run as its journal has it by now."""
        return self._record.run(self._id)

    def through(self, work: Callable[[], "Run"]) -> "Run":
        """The run when it ended, waits or failed."""
        from remit.following import following
        from remit.state.errors import AgentFailed

        try:
            with following(self._screen):
                return work()
        except AgentFailed as error:
            say(f"{error}; {self._how()}")
            return self._record.run(self._id)
        except KeyboardInterrupt:
            say(f"interrupted; {self._how()}" if self._id else "interrupted; no run was begun")
            raise typer.Exit(INTERRUPTED) from None

    def _how(self) -> str:
        return f"nothing is lost, go on with `remit resume {self._id}{db_words(self._db)}`"


def ordered(
    brief: "Brief", script: Path | None, subject: Path | None, **terms: Any
) -> tuple["Order", dict[str, dict[str, Any]]]:
    """The order of a run, and the contents that it starts from by hash.

    Raises:
        InputError: with every problem found in what was given.
    """
    from remit.agents.script import MAX_BYTES
    from remit.agents.script import parse as parse_script
    from remit.ordering import order
    from remit.state.runid import checked_name
    from remit.state.text_file import read_text
    from remit.subject import load_subject

    if terms["name"] is not None:
        checked_name(terms["name"])
    text = ""
    if script is not None:
        text = read_text(script, MAX_BYTES)
        parse_script(text, str(script))
    made = order(brief, script=text, **_checked_mode(terms))
    if subject is None:
        return made, {}
    inputs, contents = load_subject(subject)
    return replace(made, subject=inputs), contents


def _terms(policy: str, behaviour: str) -> dict[str, Any]:
    """What the run is held to and how its team behaves, read."""
    from remit.agents.behaviour import load as load_behaviour
    from remit.state.policy import load as load_policy

    return {"policy": load_policy(policy), "behaviour": load_behaviour(behaviour)}


def _checked_mode(terms: dict[str, Any]) -> dict[str, Any]:
    from remit.state.errors import InputError
    from remit.state.suggest import advice, quoted
    from remit.state.vocabulary import Mode

    modes = [str(mode) for mode in (Mode.DESIGN, Mode.BUILD, Mode.REVIEW, Mode.AUDIT)]
    if terms["mode"] is not None and terms["mode"] not in modes:
        raise InputError(
            f"--mode: there is no {quoted(terms['mode'])}; {advice(terms['mode'], modes)}"
        )
    return terms


def _what(brief: str | None, subject: Path | None) -> str:
    """What was given to work on, in a few words."""
    if brief is None:
        return f"the brief of {cut(str(subject), 40)}" if subject else "the packaged brief"
    return "standard input" if brief == "-" else cut(redact(brief), 40)


def _brief(given: str | None, subject: Path | None) -> "Brief":
    """The brief that was given, else the bundle's, else the packaged one."""
    from remit.state import brief_text
    from remit.subject import agreed_brief

    if given is None:
        return agreed_brief(subject, None) if subject else brief_text.load(brief_text.shipped()[0])
    brief = standard_input() if given == "-" else brief_text.load(given)
    return agreed_brief(subject, brief) if subject else brief


def _check_out(out: Path | None) -> None:
    """Whether a bundle could be written there, asked before any work is done."""
    if out is not None:
        from remit.bundle import check_place

        check_place(out)


def _show(
    done: "Run", screen: Screen, out: Path | None, db: str | None, *, as_json: bool, quiet: bool
) -> int:
    """Write the bundle, show the summary; the command's exit code."""
    from remit.analysis.summary_text import Place, text

    bundle, code = _saved(done, out)
    summary = done.summary()
    screen.line()
    place = Place(db=db_words(db), bundle=cut(bundle, 1_000))
    if not quiet:
        tell_summary(screen, text(summary, place, screen.width))
    if as_json:
        dump({**asdict(summary), "chain_head": done.chain_head, "bundle": bundle or None})
    elif quiet:
        with suppress(BrokenPipeError):
            print(f"{done.id} {done.outcome}", flush=True)
    return code


def _saved(done: "Run", out: Path | None) -> tuple[str, int]:
    """Where the bundle is, and the exit code; one that cannot be written hides no summary."""
    from remit.state.errors import InputError

    code = CODES[done.outcome]
    if out is None:
        return "", code
    try:
        return str(done.save(out)), code
    except InputError as error:
        say(f"{error}; `remit export {done.id} --out DIR` writes it too")
        return "", USAGE
