"""What all tests share: the hypothesis profiles, and an environment that is not the user's."""

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from remit.state.store import Store
from tests.records import fill, fresh

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow],
)
"""The default: the same examples on every machine, however slow it is."""

settings.register_profile("prove", settings.get_profile("ci"), derandomize=False, max_examples=2000)
"""For `make prove`: new examples each time, and many more of them."""

settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's record, keys and colours out of the tests."""
    # A shell that starts them in the background has them, and what they start, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        for name in ("REMIT_DB", "ANTHROPIC_API_KEY", "FORCE_COLOR"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "remit.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with fresh(path) as opened:
        yield opened


@pytest.fixture
def full(store: Store, path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else to a record with rows of every kind."""
    fill(store)
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()
