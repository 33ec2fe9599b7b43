"""The swimlane of a run: laid out as values (`layout`), written as SVG (`svg`).

Roles are lanes and time goes to the right. A picture as wide as a page holds a few steps, so a run
is written like a score: in systems, one below the other.
"""

from remit.analysis.swimlane.drawing import Picture
from remit.analysis.swimlane.layout import WIDTH, lay_out
from remit.analysis.swimlane.svg import svg

__all__ = ["WIDTH", "Picture", "lay_out", "svg"]
