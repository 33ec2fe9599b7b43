"""How a command ends: expected errors are one line each and an exit code; the rest is a bug.

0 shipped or done; 1 ended without shipping; 2 bad input or usage; 3 waiting for a person; 4 failed,
resumable; 5 a verification or a safety property does not hold; 70 a bug; 130 interrupted.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import typer
from typer.core import TyperGroup

from remit.screen import hush
from remit.state.errors import InputError, RemitError
from remit.state.inert import cut
from remit.state.vocabulary import ENDED as ENDED
from remit.state.vocabulary import Outcome

USAGE = 2
BROKEN = 5
BUG = 70
INTERRUPTED = 130
CODES = {
    Outcome.SHIPPED: 0,
    Outcome.STOPPED: 1,
    Outcome.STOPPED_BY_POLICY: 1,
    Outcome.WAITING: 3,
    Outcome.FAILED: 4,
    Outcome.RUNNING: 4,
}
_PLAINLY = {
    "Input should be a valid integer, unable to parse string as an integer": "is no whole number",
    "Input should be a valid number, unable to parse string as a number": "is no number",
}
"""What a library says of a value, and what a person can do something with."""
LONGEST = 1_000
"""An error line longer than this is cut."""


class Commands(TyperGroup):
    """A group of commands whose expected errors end as one line each on stderr."""

    def main(
        self,
        args: Any = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command; leaves with its exit code, or returns it."""

        def go() -> Any:
            return super(Commands, self).main(
                args, prog_name, complete_var, False, windows_expand_args, **extra
            )

        words = sys.argv[1:] if args is None else [str(word) for word in args]
        code = ended(go, " ".join((prog_name or "remit", *_named(self, words))))
        if standalone_mode:
            sys.exit(code)
        return code

    def invoke(self, ctx: Any) -> Any:
        """Run the command, its output flushed while a broken pipe can still be told."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            hush(sys.stdout)
            raise typer.Exit(0) from None
        except KeyboardInterrupt:
            say("interrupted; nothing was changed that is not recorded (`remit runs`)")
            raise typer.Exit(INTERRUPTED) from None
        return result


def _named(group: TyperGroup, words: Iterable[str]) -> Iterator[str]:
    """The commands that words name, each among those of the one before; options are passed over."""
    known = group.commands
    for word in words:
        if word in known:
            yield word
            known = getattr(known[word], "commands", {})


def ended(command: Callable[[], Any], path: str = "remit") -> int:
    """The exit code of a command; what it raised is said on stderr.

    Args:
        command: what to run.
        path: the name of the command, for a usage error that does not know whose it is.
    """
    try:
        result = command()
    except InputError as error:
        for problem in error.problems:
            say(problem)
        return error.exit_code
    except RemitError as error:
        say(str(error))
        return error.exit_code
    except OSError as error:
        hush(sys.stdout)
        return _unwritten(error)
    except Exception as error:
        # Typer vendors its usage errors; what makes one is that it can be shown
        message = getattr(error, "format_message", None)
        return _bug(error) if message is None else _misused(error, message(), path)
    return result if isinstance(result, int) else 0


def say(problem: str) -> None:
    """One line on stderr."""
    from remit.state.secrets import redact

    with suppress(BrokenPipeError):
        print(f"remit: {cut(redact(problem), LONGEST)}", file=sys.stderr, flush=True)


def _unwritten(error: OSError) -> int:
    if os.environ.get("REMIT_DEBUG"):
        traceback.print_exc()
    say(f"{error.filename or 'the output'}: {error.strerror or error}; what is recorded is safe")
    return USAGE


def _misused(error: Exception, message: str, path: str) -> int:
    context: typer.Context | None = getattr(error, "ctx", None)
    path = context.command_path if context else path
    for said, plainly in _PLAINLY.items():
        message = message.replace(said, plainly)
    say(f"{message.rstrip('.')}; `{path} --help` says how it is used")
    return USAGE


def _bug(error: Exception) -> int:
    if os.environ.get("REMIT_DEBUG"):
        traceback.print_exc()
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    say(f"this is a bug in Remit, please report it; REMIT_DEBUG=1 shows more ({cut(said, 300)})")
    return BUG
