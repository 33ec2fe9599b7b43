"""Pages whose commands run: the blocks of a Markdown page, what they print, and how to renew them.

A page is read from top to bottom in one folder with one record:

- ```` ```console ````: each `$ command` prints what stands below it. `> ` goes on with a command.
- ```` ```python ````: runs; all of a page share their names. A ```` ```text ```` block that follows
  directly says what it prints.
- ```` ```LANGUAGE FILE ````: is written to that file.

Every other block is only shown. The times of a listing are written as those of one day, and what
took a while as a second.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from remit.cli import app

Printed = Callable[[str, Path], str]
"""What a command prints in a folder."""
COLUMNS = "80"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A fenced block of a page."""

    info: str
    """What stands behind the opening fence: a language, and for some a file."""
    body: str
    start: int
    """Where the body begins in the page."""
    after: bool
    """Whether only blank lines lie between the block before and this one."""

    @property
    def file(self) -> str:
        """The file that the block is written to; empty for none."""
        return self.info.partition(" ")[2].strip()


_FENCED = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.M | re.S)


def blocks(page: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    end = -1
    for found in _FENCED.finditer(page):
        after = end >= 0 and not page[end : found.start()].strip()
        yield Block(info=found[1].strip(), body=found[2], start=found.start(2), after=after)
        end = found.end()


def commands(body: str) -> Iterator[tuple[str, str, str]]:
    """Each command of a console block: as it is shown, as it is run, and what it is said to print.

    Raises:
        ValueError: the block does not begin with a command.
    """
    if not body.startswith("$ "):
        raise ValueError(f"a console block begins with `$ `, not with {body[:40]!r}")
    for part in re.split(r"(?m)^\$ ", body)[1:]:
        lines = part.splitlines()
        size = next((n for n, line in enumerate(lines) if n and not line.startswith(">")), None)
        shown = lines[: size if size is not None else len(lines)]
        run = "\n".join([shown[0], *(line[1:].removeprefix(" ") for line in shown[1:])])
        yield "\n".join(shown), run, "\n".join(lines[len(shown) :])


def trimmed(text: str) -> str:
    """The text without blank lines around it and blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def steady(text: str) -> str:
    """The text with the times of a listing as on one day, and what took a while a second.

    So a page is the same tomorrow, and on another machine.
    """
    for pattern, shown in _PASSING:
        text = re.sub(pattern, shown, text)
    return text


_PASSING = (
    (r"\b20\d\d UTC", "2026 UTC"),
    (r"\b\d\d-\d\d \d\d:\d\d\b", "11-25 10:00"),
    (r"\bin \d+\.\d s\b", "in 1.0 s"),
)
"""What differs from one time to the next, and how a page shows it."""


def environment(folder: Path) -> dict[str, str]:
    """What commands see of the world: a home and a record of their own, and 80 columns."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    home = folder / ".home"
    return {
        **kept,
        "PATH": path,
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "COLUMNS": COLUMNS,
    }


def in_a_process(command: str, folder: Path) -> str:
    """What a command prints when a shell runs it, its errors last."""
    return _shell(command, folder)


def here(command: str, folder: Path) -> str:
    """The same, `remit` at its head run in this process: ten times as quick.

    What it is piped into runs in a shell; a command with other shell syntax does so as a whole.
    """
    head, _, rest = command.partition(" | ")
    if not head.startswith("remit ") or re.search(r"[$;&<>`\n|]", head):
        return in_a_process(command, folder)
    out, errors = _pipe(), _pipe()
    with _there(folder), redirect_stdout(out), redirect_stderr(errors):
        app(shlex.split(head)[1:], prog_name="remit", standalone_mode=False)
    printed = _shell(rest, folder, _piped(out)) if rest else _piped(out)
    return printed + _piped(errors)


def _pipe() -> TextIOWrapper:
    """A stream that takes text and bytes, as a process's own does."""
    return TextIOWrapper(BytesIO(), encoding="utf-8", newline="", write_through=True)


def _piped(stream: TextIOWrapper) -> str:
    """All that was written to a stream of `_pipe`."""
    stream.seek(0)
    return stream.read()


def _shell(command: str, folder: Path, stdin: str = "") -> str:
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=folder, input=stdin,
        env=environment(folder), timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def renewed(page: str, folder: Path, printed: Printed = here) -> str:
    """The page with everything run in the folder, and what is printed now in its place."""
    names: dict[str, Any] = {"__name__": "page"}
    told, parts, end = "", list[str](), 0
    for block in blocks(page):
        fresh = block.body
        if block.info == "console":
            fresh = "".join(_renewed_command(one, folder, printed) for one in commands(block.body))
        elif block.info == "python":
            told = _run(block.body, names, folder)
        elif block.info == "text" and block.after and told:
            fresh, told = f"{steady(trimmed(told))}\n", ""
        elif block.file:
            _write(folder / block.file, block.body)
        parts += [page[end : block.start], fresh]
        end = block.start + len(block.body)
    return "".join([*parts, page[end:]])


def _renewed_command(command: tuple[str, str, str], folder: Path, printed: Printed) -> str:
    shown, run, said = command
    fresh = said if run.startswith("make ") else steady(trimmed(printed(run, folder)))
    return f"$ {shown}\n{fresh}\n" if fresh else f"$ {shown}\n"


def _run(code: str, names: dict[str, Any], folder: Path) -> str:
    said = StringIO()
    with redirect_stdout(said), _there(folder):
        exec(compile(code, "<page>", "exec"), names)
    return said.getvalue()


@contextmanager
def _there(folder: Path) -> Generator[None]:
    """This process in the folder, with the environment of commands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("REMIT_DB", raising=False)
        for name, value in environment(folder).items():
            patch.setenv(name, value)
        yield


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def rewrite(page: Path, folder: Path, printed: Printed = here) -> None:
    """Renew a page, run in the folder."""
    page.write_text(renewed(page.read_text("utf-8"), folder, printed), "utf-8")
