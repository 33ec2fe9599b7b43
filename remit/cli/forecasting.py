"""`remit forecast`: what a policy will do, before anything runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli import completing
from remit.cli.terms import BehaviourName, Json, RoleList, dump
from remit.cli.writing import check_place, check_targets, write
from remit.screen import Screen, standard
from remit.state.errors import InputError
from remit.state.inert import cut
from remit.state.suggest import advice, quoted

if TYPE_CHECKING:
    from remit.analysis.forecast.forecast import Forecast
    from remit.analysis.prism import Listing


def forecast(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="[POLICY]",
            help="The limits: a shipped name or a TOML file.",
            autocompletion=completing.policies,
        ),
    ] = "balanced",
    behaviour: BehaviourName = "typical",
    brief: Annotated[
        str,
        typer.Option(
            metavar="B",
            help="What is to be built: a file, a shipped name, or a sentence.",
            autocompletion=completing.briefs,
        ),
    ] = "invoicing",
    roles: RoleList = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY",
            help="Compare with another policy on the same luck.",
            autocompletion=completing.policies,
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            metavar="M",
            help="exact, sample, or auto: exact where that takes seconds.",
            autocompletion=completing.methods,
        ),
    ] = "auto",
    runs: Annotated[
        int | None, typer.Option(metavar="N", help="Runs that are drawn. [default: 20000]")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, metavar="N", help="Of their luck.")
    ] = 1,
    tolerance: Annotated[
        float, typer.Option(metavar="T", help="Probability that an exact solution may leave out.")
    ] = 1e-6,
    ranges: Annotated[
        bool,
        typer.Option(
            "--ranges/--no-ranges",
            help="Move each assumed value over its range.",
        ),
    ] = True,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a picture as SVG; - is stdout.")
    ] = None,
    export: Annotated[
        tuple[str, Path] | None,
        typer.Option(
            metavar="KIND FILE",
            help="Write the chain for another solver instead: prism, or drn (Storm's format).",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Forecast what a policy will do, before anything runs.

    How likely it ships, at what cost, with which flaws inside: each number with the interval that
    holds the truth in 95 of 100 such samples, and with how far it moves over the ranges of what the
    behaviour only assumes. Nothing is recorded.
    """
    from remit.analysis.forecast.making import RUNS
    from remit.forecasting import chain
    from remit.forecasting import forecast as forecast_of

    if export is not None:
        beside = {
            "--svg": svg is not None, "--against": against is not None, "--json": as_json,
            "--method": method != "auto", "--runs": runs is not None, "--no-ranges": not ranges,
        }  # fmt: skip
        _check_export(export[0], [option for option, given in beside.items() if given])
        check_place(export[1])
        listing, missing = chain(
            policy, behaviour=behaviour, brief=brief, roles=roles, tolerance=tolerance
        )
        _export(*export, listing, missing)
        return
    check_targets("forecast", {"--svg": svg}, ["--json"] if as_json else [])
    if svg is not None:
        check_place(svg)
    found = forecast_of(
        policy,
        behaviour=behaviour,
        brief=brief,
        roles=roles,
        against=against,
        runs=RUNS if runs is None else runs,
        method=method,
        seed=seed,
        tolerance=tolerance,
        ranges=ranges,
    )
    if svg is not None:
        write(svg, [found.picture()])
    if as_json:
        dump(found.to_json())
    elif svg is None or str(svg) != "-":
        _tell(standard(), found)


LANGUAGES = ("prism", "drn")


def _check_export(kind: str, beside: list[str]) -> None:
    if kind not in LANGUAGES:
        raise InputError(f"--export: there is no {quoted(kind)}; {advice(kind, LANGUAGES)}")
    if beside:
        raise InputError(f"forecast: --export writes the chain alone; leave {beside[0]} out")


def _export(kind: str, path: Path, listing: "Listing", missing: float) -> None:
    from remit.analysis.chain.solving import ROUNDING
    from remit.analysis.prism import drn, prism

    language = {"prism": prism, "drn": drn}[kind]
    write(path, (f"{line}\n" for line in language(listing)))
    if str(path) != "-":
        told = missing > ROUNDING
        left_out = f"; at most {missing:.1g} of the probability is left out" if told else ""
        standard().lines(
            f"wrote {cut(str(path), 200)}: {listing.size:,} states, {len(listing.source):,} "
            f"transitions{left_out}; budgets are unlimited in it"
        )


def _tell(screen: Screen, found: "Forecast") -> None:
    from remit.analysis.forecast.tables import opening, parts, title

    screen.lines(title(found), "bold")
    for words in opening(found):
        screen.lines(cut(words, 1_000))
    for part in parts(found):
        screen.line()
        if isinstance(part, str):
            screen.lines(cut(part, 2_000))
        else:
            screen.lines(part.title, "bold")
            screen.table(part)
