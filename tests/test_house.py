"""The house: its packages, what a wheel carries, its pins, and which way its imports point."""

import ast
import graphlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import remit

ROOT = Path(__file__).parents[1]
FOLDERS = ("state", "agents", "graph", "analysis", "remit")
"""Lowest first: a module imports only from its own folder and from those before it."""
MAX_LINES = 400
PUBLIC = [
    "Check",
    "Record",
    "RemitError",
    "Run",
    "__version__",
    "check",
    "forecast",
    "open",
    "order",
    "run",
    "run_async",
    "sliders",
    "study",
    "team_graph",
]
"""What a notebook may import from `remit`; a name that goes is a breaking change."""


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def pyproject() -> dict[str, Any]:
    return tomllib.loads(text(Path("pyproject.toml")))


def files(folder: str) -> Iterator[Path]:
    """Every file of a root folder, relative to the root; caches and linked folders left out."""
    for path, folders, names in os.walk(ROOT / folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (Path(path, name).relative_to(ROOT) for name in names)


SOURCES = {path for folder in FOLDERS for path in files(folder) if path.suffix == ".py"}


def installed(path: Path) -> Path:
    """Where a file of the tree lies once it is installed."""
    return path if path.parts[0] == "remit" else Path("remit", path)


def module(path: Path) -> str:
    return ".".join(installed(path).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(source: str) -> set[str]:
    """Every dotted name that a source imports, wherever the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def upward(folder: str, source: str) -> set[str]:
    """The imports of a module in `folder` that point up the house."""

    def storey(name: str) -> int:
        part = f"{name}.".split(".")[1]
        return FOLDERS.index(part if part in FOLDERS else "remit")

    ours = {name for name in imports(source) if name.split(".")[0] == "remit"}
    return {name for name in ours if storey(name) > FOLDERS.index(folder)}


def neighbours(path: Path) -> set[str]:
    """The modules of the house that a module imports by name."""
    known = {module(source) for source in SOURCES}
    names = imports(text(path))
    return {name if name in known else name.rpartition(".")[0] for name in names} & known - {
        module(path)
    }


def test_imports_point_one_way() -> None:
    found = {str(path): upward(path.parts[0], text(path)) for path in SOURCES}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("state", "from remit.graph.rules import RULES"),
        ("agents", "def late():\n    from remit import graph"),
        ("graph", "import remit"),
        ("analysis", "from remit.cli import main"),
    ],
)
def test_sees_an_import_that_points_up(folder: str, source: str) -> None:
    assert upward(folder, source)


def test_no_module_imports_itself_by_a_detour() -> None:
    graphlib.TopologicalSorter({module(path): neighbours(path) for path in SOURCES}).prepare()


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lines = {str(path): len(text(path).splitlines()) for path in SOURCES}
    assert {path: count for path, count in lines.items() if count > MAX_LINES} == {}


def test_the_public_names_are_these_and_each_is_there() -> None:
    assert remit.__all__ == PUBLIC
    assert [name for name in PUBLIC if getattr(remit, name, None) is None] == []


def test_lists_every_package_and_no_other() -> None:
    """A folder forgotten in the list is missing from the wheel, and only there."""
    folders = {".".join(installed(path).parent.parts) for path in SOURCES}
    assert sorted(pyproject()["tool"]["setuptools"]["packages"]) == sorted(folders)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built without a network from a copy in which no earlier build lies."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for folder in FOLDERS:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tree / folder, symlinks=True, ignore=ignore)
    build = "from setuptools import build_meta; build_meta.build_wheel('dist')"
    command = [sys.executable, "-W", "ignore", "-c", build]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (built,) = (tree / "dist").glob("*.whl")
    return built


def test_wheel_carries_every_file_of_the_house(wheel: Path) -> None:
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert carried == {installed(path).as_posix() for folder in FOLDERS for path in files(folder)}


@pytest.mark.prove
def test_every_module_of_the_wheel_imports_outside_the_checkout(
    wheel: Path, tmp_path: Path
) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    modules = sorted(module(path) for path in SOURCES if "migrations" not in path.parts)
    script = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    print(importlib.import_module(name).__file__)\n"
    )
    command = [sys.executable, "-c", script, *modules]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.stderr == ""
    places = ran.stdout.splitlines()
    assert [place for place in places if not Path(place).is_relative_to(tmp_path)] == []
    assert len(places) == len(modules)


def test_every_requirement_has_a_pin_that_fits_it() -> None:
    project = pyproject()["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *chain.from_iterable(extras)]
    lines = text(Path("constraints.txt")).splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []
    versions = {canonicalize_name(name): version for name, version in (p.split("==") for p in pins)}
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)])
