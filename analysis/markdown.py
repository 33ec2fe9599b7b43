"""A run as one Markdown document: its summary, its sequence diagram, and every handoff."""

from collections.abc import Sequence

from remit.analysis.mermaid import mermaid
from remit.analysis.story import Story
from remit.analysis.summary_text import Place, escaped, markdown
from remit.analysis.wording import spent_words
from remit.state.handoff import Handoff
from remit.state.inert import cut

LONGEST = 300
"""A reason that would be longer is cut; the record has it in full."""


def document(story: Story, handoffs: Sequence[Handoff], place: Place) -> str:
    """The document; code hosts draw the diagram in it."""
    rows = [
        "| # | from → to | stage | kind | limits | why |",
        "| --: | --- | --- | --- | --- | --- |",
    ]
    rows += [_row(one) for one in handoffs]
    return "\n".join(
        (
            markdown(story.summary, place).rstrip(),
            "",
            "## Who handed what to whom",
            "",
            "```mermaid",
            mermaid(story).rstrip(),
            "```",
            "",
            "## Every handoff",
            "",
            *rows,
            "",
        )
    )


def _row(one: Handoff) -> str:
    cells = (
        str(one.seq),
        f"{one.sender} → {one.to or 'end'}",
        str(one.stage),
        str(one.kind),
        spent_words(one.spent),
        cut(one.why, LONGEST),
    )
    return f"| {' | '.join(map(escaped, cells))} |"
