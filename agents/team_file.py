"""The team file: who sits in which seat, in TOML.

    [defaults]
    max_tokens = 32000                          # the longest answer of a model seat

    [seats]
    cto = "anthropic:claude-opus-5-5"           # a model
    pm = { model = "anthropic:claude-sonnet-5-5", card = "pm.md", max_tokens = 8000 }
    uiux = "simulated"                          # so is every seat that is not named
    backend = { command = ["python3", "agent.py"], timeout_s = 600 }
    frontend = { function = "agents.py:build" } # FILE:NAME, or module:name
    security = "human"                          # a person, in any seat
    qa = "scripted"                             # follows --script

    [values]                                    # what fills the placeholders of cards
    your_product = "Invoicing"

    [prices."anthropic:some-model"]             # dollars per million tokens
    input = 3
    output = 15

Paths are relative to the file.
"""

import importlib
import importlib.util
import shutil
import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError, model_validator

from remit.agents.standards.json_values import mapping
from remit.state.canonical import canonical
from remit.state.errors import AgentFailed, InputError
from remit.state.inert import cut
from remit.state.report import Report, Value
from remit.state.secrets import redact
from remit.state.suggest import advice, quoted
from remit.state.text_file import read_text
from remit.state.vocabulary import ROLES, Seat

if TYPE_CHECKING:
    from remit.agents.agent import Agent, Desk
    from remit.agents.model.prices import Given
    from remit.state.assignment import Assignment

MAX_BYTES = 262_144
NOTHING: Mapping[str, str] = MappingProxyType({})
DEFAULT_MODEL = "anthropic:claude-sonnet-5-5"
"""What `--team anthropic` seats everywhere."""
STANDS_IN = (Seat.CTO, Seat.SECURITY, Seat.QA)
"""The seats that a person takes as who stands in for an absent role, with a word where documents
are not needed. In the others a person is the role, and hands in its report."""
_TABLES = ("seats", "defaults", "values", "prices")
"""What a team file may hold."""
Dollars = Annotated[Decimal, Field(ge=0, le=1_000_000)]


class Prices(Value):
    """Dollars per million tokens."""

    input: Dollars
    output: Dollars
    cache_read: Dollars | None = None
    """As dear as `input` where it is not given."""
    cache_write: Dollars | None = None
    """A quarter dearer than `input` where it is not given."""


class SeatTable(Value):
    """Who sits in one seat: exactly one of the first four."""

    plain: str = ""
    """`simulated`, `scripted` or `human`."""
    model: str = ""
    command: tuple[str, ...] = ()
    function: str = ""
    card: str = ""
    """Of a model: the file of its role card; once it is read, what the model is told by it."""
    max_tokens: Annotated[int, Field(ge=256, le=1_000_000)] | None = None
    timeout_s: Annotated[int, Field(ge=1, le=86_400)] | None = None
    """Of a command."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> "SeatTable":
        given = [name for name in ("plain", "model", "command", "function") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError("give exactly one of model, command, function")
        if self.model and ":" not in self.model:
            raise ValueError('write a model as "provider:model"')
        if not self.model and (self.card or self.max_tokens):
            raise ValueError("card and max_tokens belong to a model")
        if not self.command and self.timeout_s:
            raise ValueError("timeout_s belongs to a command")
        return self


class Defaults(Value):
    """What every model seat has that does not say otherwise."""

    max_tokens: Annotated[int, Field(ge=256, le=1_000_000)] = 32_000


class TeamFile(Value):
    """A team file, read. Kept with the run, so that it can go on."""

    seats: dict[Seat, SeatTable]
    prices: dict[str, Prices] = Field(default_factory=dict[str, Prices])
    defaults: Defaults = Defaults()
    values: dict[str, str] = Field(default_factory=dict[str, str])
    """What fills the placeholders of cards; nothing is left once they are read."""
    folder: str = "."
    """Where commands run and functions are found."""
    warnings: Annotated[tuple[str, ...], Field(exclude=True)] = ()
    """What was read otherwise than it is written, one line each; not kept with the run."""

    @property
    def people(self) -> tuple[Seat, ...]:
        """The seats that a person takes."""
        return tuple(seat for seat, who in self.seats.items() if who.plain == "human")

    @property
    def makers(self) -> tuple[Seat, ...]:
        """Those in which the person hands in reports like any other who works there."""
        return tuple(seat for seat in self.people if seat not in STANDS_IN)

    @property
    def real(self) -> tuple[Seat, ...]:
        """The seats that are neither simulated nor scripted nor a person's."""
        return tuple(seat for seat, who in self.seats.items() if not who.plain)

    def text(self) -> str:
        """The team as canonical JSON."""
        return canonical(self.model_dump(mode="json", exclude_defaults=True))


def load(given: str, filling: Mapping[str, str] = NOTHING) -> TeamFile:
    """A team: `anthropic`, or a file.

    Args:
        given: the name or the path.
        filling: values of the placeholders in its cards; they count before the file's.

    Raises:
        InputError: the file cannot be read, or says what cannot be; every problem is named.
    """
    if given == "anthropic":
        return TeamFile(seats={role: SeatTable(model=DEFAULT_MODEL) for role in ROLES})
    path = Path(given)
    return parse(read_text(path, MAX_BYTES), given, path.resolve().parent, filling)


def parse(text: str, where: str, folder: Path, filling: Mapping[str, str] = NOTHING) -> TeamFile:
    """A team from the text of a file in a folder.

    Raises:
        InputError: with every problem, one line each.
    """
    where = cut(where, 200)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{where}: is not TOML: {cut(str(error), 200)}") from None
    seats = mapping(data.get("seats"))
    if not seats:
        raise InputError(f"{where}: has no [seats]; say there who sits where, role = who")
    tables = [name for name in data if name not in _TABLES]
    if tables:
        raise InputError(
            [f"{where}: there is no {quoted(name)}; {advice(name, _TABLES)}" for name in tables]
        )
    known = [str(role) for role in ROLES]
    unknown = [name for name in seats if name not in known]
    if unknown:
        raise InputError(
            [
                f"{where}: seats: there is no {quoted(name)}; {advice(name, known)}"
                for name in unknown
            ]
        )
    data["seats"] = {name: _table(who) for name, who in seats.items()}
    try:
        team = TeamFile.model_validate({**data, "folder": str(folder)})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[:20]
        raise InputError(
            [
                f"{where}: {'.'.join(map(str, one['loc']))}: "
                f"{one['msg'].removeprefix('Value error, ')}"
                for one in found
            ]
        ) from None
    return _with_cards(team, where, filling)


def _table(who: Any) -> Any:
    """A seat that is given in a word, as a table."""
    if not isinstance(who, str):
        return who
    return {"model": who} if ":" in who else {"plain": who}


def _with_cards(team: TeamFile, where: str, filling: Mapping[str, str]) -> TeamFile:
    problems: list[str] = []
    warnings: list[str] = []
    seats: dict[Seat, SeatTable] = {}
    for seat, who in team.seats.items():
        spot = f"{where}: seats.{seat}"
        if who.plain not in ("", "simulated", "scripted", "human"):
            known = ["simulated", "scripted", "human"]
            problems.append(f"{spot}: there is no {quoted(who.plain)}; {advice(who.plain, known)}")
        if who.command and shutil.which(who.command[0], path=None) is None:
            inside = Path(team.folder, who.command[0])
            if not inside.is_file():
                problems.append(f"{spot}: there is no program {quoted(who.command[0])}")
        try:
            told, warned = _told(team, seat, who.card, filling) if who.card else ("", ())
            seats[seat] = who.model_copy(update={"card": told})
            warnings += warned
        except InputError as error:
            problems += [f"{spot}: {one}" for one in error.problems]
    if problems:
        raise InputError(problems)
    return team.model_copy(update={"seats": seats, "values": {}, "warnings": tuple(warnings)})


def _told(
    team: TeamFile, seat: Seat, file: str, filling: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """What a card has a model told (words for its prompt, and nothing else of it); its warnings."""
    from remit.agents import card
    from remit.agents.cards.placeholders import normal

    values = {**{normal(name): value for name, value in team.values.items()}, **filling}
    read = card.load(Path(team.folder, file), seat)
    return redact(card.prompt_text(read, values)), read.warnings


def kept(text: str) -> TeamFile:
    """The team that `TeamFile.text` wrote."""
    return TeamFile.model_validate_json(text)


def seated(team: TeamFile) -> "dict[Seat, Agent]":
    """The agents of the seats that are neither simulated nor scripted nor a person's.

    Raises:
        InputError: a model has no price, or its provider is not known.
    """
    return {seat: _agent(team, team.seats[seat]) for seat in team.real}


def _agent(team: TeamFile, who: SeatTable) -> "Agent":
    if who.function:
        return NamedFunction(who.function, team.folder)
    if who.command:
        from remit.agents.command import TIMEOUT_S, CommandAgent

        return CommandAgent(
            command=who.command, folder=team.folder, timeout_s=who.timeout_s or TIMEOUT_S
        )
    from remit.agents.model import ModelAgent
    from remit.agents.model.prices import price_of
    from remit.agents.model.providers import provider_of

    return ModelAgent(
        provider=provider_of(who.model),
        price=price_of(who.model, _given(team.prices)),
        card=who.card,
        max_tokens=who.max_tokens or team.defaults.max_tokens,
    )


def _given(prices: Mapping[str, Prices]) -> "dict[str, Given]":
    from remit.agents.model.prices import Given

    return {
        name: Given(
            input=one.input,
            output=one.output,
            cache_read=one.input if one.cache_read is None else one.cache_read,
            cache_write=(
                one.input * Decimal("1.25") if one.cache_write is None else one.cache_write
            ),
        )
        for name, one in prices.items()
    }


class NamedFunction:
    """A Python function by its name, found when it is first asked."""

    def __init__(self, name: str, folder: str) -> None:
        self._name, self._folder = name, folder

    def perform(self, assignment: "Assignment", desk: "Desk") -> Report:
        """The function's report.

        Raises:
            AgentFailed: there is no such function, it raised, or answered what is no report.
        """
        from remit.agents.function import FunctionAgent

        return FunctionAgent(self._found()).perform(assignment, desk)

    def check(self) -> None:
        """Find the function before anybody works.

        Raises:
            InputError: there is none.
        """
        try:
            self._found()
        except AgentFailed as error:
            raise InputError(str(error)) from None

    def _found(self) -> Any:
        place, _, name = self._name.rpartition(":")
        try:
            module = (
                _from_file(Path(self._folder, place))
                if place.endswith(".py")
                else (importlib.import_module(place))
            )
            return getattr(module, name)
        except Exception as error:
            why = cut(" ".join(str(error).split()) or type(error).__name__, 300)
            raise AgentFailed(f"function {self._name!r} is not there: {why}") from error


def _from_file(path: Path) -> Any:
    """The module in a file, loaded once under a name of its own."""
    name = f"remit_seat_{abs(hash(str(path)))}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
    return sys.modules[name]
