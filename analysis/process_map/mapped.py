"""The process map as a value: what is drawn and told of it."""

from dataclasses import dataclass, field
from functools import cached_property

from remit.analysis.arrays.control import Control, control
from remit.analysis.process_map.layout import lay_out
from remit.analysis.process_map.passages import Passage, passages
from remit.analysis.process_map.telling import map_sheet
from remit.analysis.swimlane import Picture, svg
from remit.graph.manifest import Manifest
from remit.state.markup import heading
from remit.state.sheet import Sheet, plain


@dataclass(frozen=True, kw_only=True)
class ProcessMap:
    """The stages and moves of a manifest as they really are."""

    title: str
    manifest: Manifest = field(repr=False)
    passages: tuple[Passage, ...]

    @cached_property
    def picture(self) -> Picture:
        """The map laid out, in pixels."""
        return lay_out(self.title, self.manifest, self.passages)

    def svg(self) -> str:
        """The map as an SVG document: self-contained, for light, dark and paper."""
        return svg(self.picture)

    def sheet(self) -> Sheet:
        """The map as a table."""
        return map_sheet(self.title, self.manifest, self.passages)

    def __str__(self) -> str:
        return plain(self.sheet())

    def _repr_html_(self) -> str:
        return f"<div>{heading(self.title)}{self.svg()}</div>"


def process_map(title: str, manifest: Manifest, graph: Control | None = None) -> ProcessMap:
    """The map of a manifest.

    Args:
        title: what the map is called: the policy, the brief, the team.
        manifest: the constants of the run.
        graph: its open positions, where they are at hand; they take seconds to explore.
    """
    found = passages(graph or control(manifest), manifest)
    return ProcessMap(title=title, manifest=manifest, passages=found)
