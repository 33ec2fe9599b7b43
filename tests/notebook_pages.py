"""The notebooks, run from a clean kernel and kept so that they read well on a code host.

`python -m tests.notebook_pages` runs each one anew and keeps its outputs.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
"""Nothing to a reader without a kernel; the picture beside it is what is kept."""


def read(path: Path) -> Any:
    """A notebook as it is kept."""
    reads: Any = getattr(nbformat, "reads")  # noqa: B009 - untyped
    return reads(path.read_text("utf-8"), as_version=4)


def execute(notebook: Any, folder: Path) -> None:
    """Run a notebook in an empty folder, with a record of its own; its outputs are replaced."""
    own = {"XDG_DATA_HOME": str(folder / "data"), "MPLBACKEND": ""}
    with patch.dict(os.environ, own):
        os.environ.pop("MPLBACKEND")  # or nothing that is plotted would be shown
        NotebookClient(
            notebook, timeout=120, resources={"metadata": {"path": str(folder)}}
        ).execute()


def outputs(notebook: Any) -> Iterator[Any]:
    """Every output, in order."""
    for cell in notebook.cells:
        yield from cell.get("outputs", ())


def said(notebook: Any) -> str:
    """All text that the cells gave out."""
    return "\n".join(
        str(one.get("text") or one.get("data", {}).get("text/plain", ""))
        for one in outputs(notebook)
    )


def pictures(notebook: Any) -> list[str]:
    """The kind of each picture, in order."""
    kinds = ("image/svg+xml", "image/png")
    return [kind for one in outputs(notebook) for kind in kinds if kind in one.get("data", {})]


def prose(notebook: Any) -> str:
    """What is written between the cells, on one line."""
    written = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return " ".join(" ".join(written).split())


def tidy(notebook: Any) -> None:
    """Leave out what changes from run to run, and what only a live kernel can show."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            cell.outputs = _joined(cell.outputs)
    for one in outputs(notebook):
        one.get("data", {}).pop(WIDGET, None)


def _joined(given: list[Any]) -> list[Any]:
    """Printed lines that came one after the other are one output, however they were sent."""
    found: list[Any] = []
    for one in given:
        last: Any = found[-1] if found else {}
        if one.output_type == "stream" and last.get("name") == one.name:
            last["text"] += one.text
        else:
            found.append(one)
    return found


def main() -> None:
    """Run every notebook and keep what it gives out."""
    for path in sorted(FOLDER.glob("*.ipynb")):
        notebook = read(path)
        with tempfile.TemporaryDirectory() as folder:
            execute(notebook, Path(folder))
        tidy(notebook)
        writes: Any = getattr(nbformat, "writes")  # noqa: B009 - untyped
        path.write_text(writes(notebook) + "\n", "utf-8")
        print(path.name, f"{path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
