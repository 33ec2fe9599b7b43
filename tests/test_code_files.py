"""Builders' files: paths stay inside, on any system."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remit.state.code_files import Code, path_problem


@pytest.mark.parametrize("path", ["main.py", "src/app/[id]/page.tsx", "a-b_c/.env.example", "x y"])
def test_a_plain_path_is_taken(path: str) -> None:
    assert path_problem(path) == ""


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "../x", "a/../x", "a/..", "..", "C:/x", "c:x", "\\\\host\\x", "a\\b",
        "~/x", "a//b", "a/", "a/./b", ".git/config", "a/.git/hooks/x", "nul", "aux.txt", "a\0b",
        "a\nb", "a/b.", "a/b ", "x" * 101, "/".join("abcdefghijklmn"), "a:b", "a\u202eb", "a*",
        ".GIT/config", "a/.Git/x", "GIT~1/hooks/x", "CON", "com1.py", "nul .txt", "Lpt9.tar.gz",
    ],
)  # fmt: skip
def test_any_other_path_is_refused(path: str) -> None:
    assert path_problem(path)


@given(st.text(max_size=40))
def test_what_is_taken_stays_below_its_folder(path: str) -> None:
    if not path_problem(path):
        pure = PurePosixPath("/bundle/code", path)
        assert pure.is_relative_to("/bundle/code")
        assert ".." not in pure.parts


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        (["a.py", "A.py"], "given twice"),
        (["a", "a/b"], "is a file and a folder"),
        (["A", "a/b"], "is a file and a folder"),
        (["../a"], "leads out of its folder"),
        ([f"{n}.py" for n in range(401)], "at most 400"),
    ],
)
def test_files_must_fit_together(paths: list[str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Code.model_validate({"files": [{"path": path, "text": ""} for path in paths]})
