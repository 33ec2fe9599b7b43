"""The command line in this process: what it printed, and how it ended."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from remit.cli import app

RELEASE = """---
title: Deploy [bold red]it[/] now
entities:
  thing:
    fields:
      name: string
external_actions:
  - kind: deploy
    target: production
    payload: image 1.0
---
"""
"""A brief whose last step is a person's approval."""


def remit(db: Path, *words: str, stdin: str | bytes = "", **env: str) -> Result:
    """Run a command on a record."""
    return CliRunner().invoke(app, list(words), input=stdin, env={"REMIT_DB": str(db), **env})


def told(db: Path, *words: str) -> Any:
    """The JSON that a command prints."""
    return json.loads(remit(db, *words, "--json").stdout)


def brief(folder: Path, text: str = RELEASE) -> str:
    """The path of a brief file."""
    path = folder / "brief.md"
    path.write_text(text, encoding="utf-8")
    return str(path)
