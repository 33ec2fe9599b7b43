"""The brief as text: Markdown, with what can be checked in YAML front matter above the prose.

    ---
    title: Invoicing for small agencies
    delivery_mode: mvp                  # mvp | scale
    multi_tenant: true
    tenancy: shared_schema              # | schema_per_tenant | database_per_tenant
    stack:                              # kind: a name, or a list of names
      language: Python 3.12
      database: PostgreSQL 16
    constraints:
      security:
        SEC-1: Nobody reads another agency's rows.
        SEC-2: {text: Every read is logged, incompatible_with: ["latency:invoices"]}
      cost_usd_month: 300
      deadline: 2027-03-31
      architecture: [one service and one database]
    entities:
      client:
        fields:
          name: string                  # string text integer decimal money boolean date
          email: email unique sensitive # datetime uuid email url json enum(…), then flags:
          phone: string optional        # optional unique sensitive
      invoice:
        fields:
          number: string unique
          status: enum(draft, sent, paid)
          amount: money
          note: {type: text, required: false}
        belongs_to: client              # a name, or a list
        many_to_many: []
        tenant_scoped: true
    screens:
      invoices:
        entity: invoice
        shows: number, status, client.name
        interactions: list, search      # list read create update delete search report
        latency_ms: 300
    rules:
      BR-1: {text: A sent invoice does not change., entity: invoice}
    criteria:
      AC-1: An invoice is found by its number.
      AC-2: {text: A client is archived, entity: client, priority: should}  # must should could
    external_actions:
      deploy: production                # or a list of {kind, target, payload}
    allow_gaps: false                   # true: screens may show fields that no entity has
    ---
    Everything below is prose.

Only the title is needed, and a first heading will do for it. Whatever is written `name: …` above
may also be a list of `{name: …}` (`id` for rules, criteria and security, `kind` for actions). What
is filled in because the brief is silent stands in `Brief.assumed`.
"""

import os
import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from remit.state.brief import Brief
from remit.state.brief_checks import check
from remit.state.brief_syntax import BRIEF, Draft
from remit.state.errors import InputError
from remit.state.front_matter import MAX_BYTES, Problems, compose, split
from remit.state.problems import Spot, said
from remit.state.secrets import redact
from remit.state.silence import completed, title_of
from remit.state.suggest import advice, quoted
from remit.state.text_file import read_text

SUFFIXES = (".md", ".markdown", ".txt")
"""What ends like this names a file."""


def shipped() -> tuple[str, ...]:
    """Names of the briefs that come with Remit, the default first."""
    return ("invoicing", "clinic", "publishing")


def text_of(name: str) -> str:
    """The Markdown of a shipped brief.

    Raises:
        InputError: no brief of that name comes with Remit.
    """
    if name not in shipped():
        raise InputError(_no_such(name))
    return files("remit.state").joinpath("briefs", f"{name}.md").read_text("utf-8")


def load(source: str | FilePath) -> Brief:
    """A brief: a shipped name, a file, or what to build in words of one's own.

    Raises:
        InputError: it is none of them, or the text is wrong; every problem is named.
    """
    if isinstance(source, FilePath):
        return parse(read_text(source, MAX_BYTES), str(source))
    if not source.strip():
        raise InputError("brief: is empty; say what to build, or name a file")
    if source in shipped():
        return _shipped(source)
    if "\n" in source.strip():
        return parse(source, "brief")
    if _names_a_file(source):
        return parse(read_text(FilePath(source), MAX_BYTES), source)
    if len(source.split()) > 1:
        return parse(source, "brief")
    raise InputError(_no_such(source))


def parse(text: str, where: str) -> Brief:
    """A brief from its text, secrets taken out; `where` names it in the problems.

    Raises:
        InputError: with every problem found, one line each.
    """
    # before anything is made of it: an entity may be named after a word of the title
    front, prose = split(redact(text), where)
    if front is None:
        _refuse_bare_fields(prose, where)
    problems = Problems(where)
    draft = Draft(problems=problems, spots={(): Spot(1, "")})
    data: dict[str, Any] = BRIEF(compose(front or "", problems), (), draft) or {}
    if "title" not in data:
        data["title"] = title_of(prose, heading=front is not None) or "untitled"
        if data["title"] == "untitled" and ("title",) not in draft.wronged:
            draft.wrong(("title",), "missing; add `title: …`, or a first heading `# …`")
    filled, assumed = completed(data)
    check(filled, draft)
    return _validated({**filled, "prose": prose, "assumed": assumed}, draft)


@lru_cache
def _shipped(name: str) -> Brief:
    return parse(text_of(name), f"{name}.md")


def _no_such(name: str) -> str:
    near = advice(name, shipped())
    return (
        f"brief: there is no {quoted(name)}; {near}; or name a file, or say more on what to build"
    )


def _names_a_file(source: str) -> bool:
    """Whether a word or sentence is the path of a file, there or not."""
    if os.path.exists(source) or source.lower().endswith(SUFFIXES):
        return True
    if "/" not in source and os.sep not in source:
        return False
    spaced = len(source.split()) > 1
    return not spaced or source[0] in "/.~" or os.path.isdir(os.path.dirname(source))


def _refuse_bare_fields(prose: str, where: str) -> None:
    if not prose:
        raise InputError(f"{where}: is empty; say what to build")
    if re.match(r"(?:title|delivery_mode|entities|screens)\s*:", prose):
        raise InputError(
            f"{where}:1: fields stand between two lines ---; put one above and one below"
        )


def _validated(data: dict[str, Any], draft: Draft) -> Brief:
    try:
        brief = Brief.model_validate(data)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            path = tuple(part for part in one["loc"] if part != "[key]")
            draft.wrong(path, said(one, Brief, path))
        draft.problems.stop()
        raise
    draft.problems.stop()
    return brief
