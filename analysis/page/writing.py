"""The page's values as HTML.

Whatever the template prints is made inert and escaped, unless it is markup that we wrote: the
swimlane, the style sheet and the script. The script's hash is all that the page allows to run.
"""

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from remit.analysis.page.contents import Contents, Recorded, contents
from remit.analysis.summary_text import Command
from remit.analysis.wording import spaced
from remit.state.inert import inert, inert_lines


def page(run: Recorded) -> str:
    """A run as one self-contained HTML page."""
    return written(contents(run))


def written(shown: Contents) -> str:
    """The page's values as HTML; all but the swimlane is taken for text."""
    script = _asset("script.js")
    return _template().render(
        page=shown,
        swimlane=Markup(shown.swimlane),
        style=Markup(_asset("style.css")),
        script=Markup(script),
        script_hash=_hash(script),
    )


@cache
def _template() -> Template:
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.tests["command"] = lambda value: isinstance(value, Command)
    made.filters.update(block=_block, words=spaced)
    return made.from_string(_asset("page.html"))


def _asset(name: str) -> str:
    return files("remit.analysis.page").joinpath(name).read_text("utf-8").strip()


def _hash(script: str) -> str:
    """What a content security policy knows a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _inert(value: Any) -> Any:
    """Every value that the template prints passes here before it is escaped."""
    return value if isinstance(value, Markup) else inert(str(value))


def _block(text: str) -> Markup:
    """Lines of text for a `<pre>`; quotes stay as they are, since it never is an attribute."""
    return Markup(escape(inert_lines(text), quote=False))
