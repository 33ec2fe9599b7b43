"""Team files: who sits where, read and kept."""

import subprocess
import sys
from pathlib import Path

import pytest

from remit import order
from remit.agents.command import CommandAgent
from remit.agents.model import ModelAgent
from remit.agents.model.prices import most, price_of
from remit.agents.model.provider import Usage
from remit.agents.team_file import TeamFile, kept, load, parse, seated
from remit.graph.runner import team_for
from remit.state.errors import InputError
from remit.state.vocabulary import ROLES, Seat
from tests.runs import policy

WHOLE = """
[defaults]
max_tokens = 9000
[seats]
cto = "human"
pm = { model = "anthropic:claude-opus-5-5", card = "pm.md", max_tokens = 500 }
uiux = "simulated"
backend = { command = ["python3", "agent.py"], timeout_s = 5 }
frontend = "anthropic:my-own"
[prices."anthropic:my-own"]
input = 3
output = 15.5
"""


def read(text: str, folder: Path) -> TeamFile:
    return parse(text, "team.toml", folder)


def test_every_kind_of_seat_is_read_and_comes_back_from_the_record(tmp_path: Path) -> None:
    (tmp_path / "pm.md").write_text("You are our PM.", "utf-8")
    team = read(WHOLE, tmp_path)
    assert kept(team.text()) == team
    assert team.people == (Seat.CTO,)
    assert team.real == (Seat.PM, Seat.BACKEND, Seat.FRONTEND)
    agents = seated(team)
    pm, backend, frontend = (agents[seat] for seat in team.real)
    assert isinstance(pm, ModelAgent)
    assert pm.card.startswith("You are our PM.\n")
    assert (pm.max_tokens, pm.provider.name) == (500, "anthropic:claude-opus-5-5")
    assert isinstance(backend, CommandAgent)
    assert (backend.command, backend.timeout_s) == (("python3", "agent.py"), 5)
    assert isinstance(frontend, ModelAgent)
    assert frontend.max_tokens == 9_000
    assert frontend.price.micros(Usage(fresh=1_000_000, out=1_000_000)) == 18_500_000


def test_anthropic_seats_a_model_everywhere() -> None:
    team = load("anthropic")
    assert team.real == ROLES
    assert {who.model for who in team.seats.values()} == {"anthropic:claude-sonnet-5-5"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "is not TOML"),
        ("", r"has no \[seats\]"),
        ('[seats]\nbackned = "human"', "did you mean 'backend'"),
        ('[seats]\npm = "robot"', "there is no 'robot'"),
        ('[seats]\npm = { model = "claude" }', 'write a model as "provider:model"'),
        ('[seats]\npm = { model = "a:b", command = ["x"] }', "give exactly one of"),
        ("[seats]\npm = { command = [] }", "give exactly one of"),
        ('[seats]\npm = { command = ["no-such-program-x"] }', "there is no program"),
        ('[seats]\npm = { model = "a:b", card = "none.md" }', "seats.pm: .*none.md"),
        ('[seats]\npm = { command = ["ls"], card = "x" }', "card and max_tokens belong to a model"),
        ('[seats]\npm = { model = "a:b", maxtokens = 5 }', "seats.pm.maxtokens"),
        ('[seats]\npm = "a:b"\n[prices."a:b"]\ninput = -1\noutput = 1', "prices.a:b.input"),
        ("[seats]\npm = 5", "seats.pm"),
        ('[seats]\npm = { card = "x" }', "seats.pm: give exactly one of"),
        ('folder = "/"\n[seats]\npm = "human"', "there is no 'folder'"),
        ('[seats]\npm = "human"\n[price]\nx = 1', "did you mean 'prices'"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(text, tmp_path)
    assert all(one.startswith("team.toml: ") for one in caught.value.problems)


@pytest.mark.parametrize("name", ["anthropic:claude-99", "anthropic:", "nobody:claude"])
def test_a_model_without_a_price_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no price is known"):
        price_of(name, {})


def test_the_list_price_is_that_of_the_installed_package() -> None:
    price = price_of("anthropic:claude-sonnet-5-5", {})
    assert price.micros(Usage(fresh=1_000_000)) == 2_000_000
    assert price.micros(Usage(out=1_000_000)) == 10_000_000
    assert price.micros(Usage(cache_read=1_000_000)) == 100_000
    assert most(price, 1_000_000, 0) == 2_500_000


def test_a_fraction_of_a_micro_dollar_is_rounded_up() -> None:
    assert price_of("anthropic:claude-sonnet-5-5", {}).micros(Usage(cache_read=1)) == 1


def test_a_person_in_a_seat_is_who_stands_in_for_the_role(tmp_path: Path) -> None:
    team = read('[seats]\nqa = "human"\npm = "simulated"', tmp_path)
    wanted = order(team=team)
    assert Seat.QA not in wanted.roles
    assert team_for(wanted).occupant(Seat.QA) is Seat.HUMAN
    with pytest.raises(InputError, match=r"lets nobody stand in \(missing.qa is 'waive'\)"):
        order(team=team, policy=policy(missing={"qa": "waive"}))


def test_a_scripted_seat_needs_its_script(tmp_path: Path) -> None:
    team = read('[seats]\nqa = "scripted"', tmp_path)
    with pytest.raises(InputError, match="qa is scripted; give the script"):
        order(team=team)


def test_a_team_of_simulated_seats_leaves_no_trace_in_the_order(tmp_path: Path) -> None:
    team = read('[seats]\nqa = "simulated"', tmp_path)
    assert order(team=team) == order()


def test_nothing_of_models_is_loaded_before_a_model_sits_somewhere() -> None:
    code = (
        "import sys, remit\n"
        "with remit.open(':memory:') as record:\n"
        "    remit.run(db=record, behaviour='perfect')\n"
        "print([name for name in ('anthropic', 'genai_prices', 'detect_secrets',\n"
        "    'remit.agents.model') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")
