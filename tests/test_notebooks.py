"""Every notebook runs from a clean kernel and says what it said when it was written."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
SAME: dict[str, tuple[str, ...]] = {
    "01_first_run.ipynb": (
        "shipped, 24 handoffs",
        "change_requests      1 of 3",
        "rework_backend: 1 of 2 used, 1 left",
        "Invoicing for small agencies 1.1.0",
    ),
}
"""Figures that each notebook's text rests on."""


def _said(notebook: Any) -> str:
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    return "\n".join(
        str(out.get("text") or out.get("data", {}).get("text/plain", "")) for out in outputs
    )


def test_every_notebook_has_its_figures_listed() -> None:
    assert {path.name for path in FOLDER.glob("*.ipynb")} == set(SAME)


@pytest.mark.parametrize("name", sorted(SAME))
@pytest.mark.filterwarnings("ignore")
def test_a_notebook_runs_and_says_the_same(name: str, tmp_path: Path) -> None:
    read: Any = getattr(nbformat, "reads")  # noqa: B009 - untyped
    notebook: Any = read((FOLDER / name).read_text("utf-8"), as_version=4)
    kept = _said(notebook)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    fresh = _said(notebook)
    for figure in SAME[name]:
        assert figure in kept
        assert figure in fresh
