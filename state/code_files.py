"""Source files that a builder hands over: names that stay inside their folder, and text."""

import re
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from remit.state.report import Value

MAX_FILES = 400
MAX_CHARS = 8_000_000
"""Of all files of one delivery."""
MAX_DEPTH = 12
MAX_PATH = 160
_PART = re.compile(r"[A-Za-z0-9_@+()\[\].=~ -]{1,100}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\..*)?")
_GIT = re.compile(r"(?i)\.git|git~[0-9]+")
"""Git's own folder, and what Windows may call it: what stands there is acted on."""


def path_problem(path: str) -> str:
    """Why a path cannot be taken; empty when it names a file inside its folder on any system."""
    parts = path.split("/")
    if not path or path[0] in "/~\\" or re.match(r"[A-Za-z]:", path):
        return "is not relative"
    if ".." in parts:
        return "leads out of its folder"
    if not all(_PART.fullmatch(part) for part in parts):
        return "has a part that is empty, too long, or has other than plain characters"
    if len(parts) > MAX_DEPTH or len(path) > MAX_PATH:
        return "is too long or too deep"
    if any(part == "." or part[-1] in ". " or _RESERVED.fullmatch(part) or _GIT.fullmatch(part)
           for part in parts):  # fmt: skip
        return "has a part that some systems treat as special"
    return ""


class CodeFile(Value):
    """One source file. It is kept and shown, and never run by Remit."""

    path: str
    text: str

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        problem = path_problem(path)
        if problem:
            raise ValueError(f"{path[:120]!r} {problem}; give a plain path like `src/main.py`")
        return path


class Code(Value):
    """The content of the artifact `code`: the files of one builder."""

    files: Annotated[tuple[CodeFile, ...], Field(max_length=MAX_FILES)]

    @model_validator(mode="after")
    def _fit_together(self) -> "Code":
        """Each name once, whatever the case; no file is another's folder; not too much in all."""
        names = [one.path.casefold() for one in self.files]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{twice[0][:120]!r} is given twice")
        folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
        both = sorted(folders & set(names))
        if both:
            raise ValueError(f"{both[0][:120]!r} is a file and a folder")
        if sum(len(one.text) for one in self.files) > MAX_CHARS:
            raise ValueError(f"more than {MAX_CHARS} characters in all")
        return self
