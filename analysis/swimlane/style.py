"""How a swimlane looks: one set of colours for light and paper, one for dark.

Shapes, strokes and arrow heads tell everything that colours tell, so a grey print loses nothing.
Colours are written out, because some viewers know no CSS variables.
"""

from remit.analysis.swimlane.drawing import Tone

Colours = dict[str, str]
_LIGHT: Colours = {
    "paper": "#ffffff", "ink": "#1b1d21", "quiet": "#565d68", "rule": "#e1e4e8",
    "strong": "#aab1bb", "band": "#eef0f2", "frozen": "#cfe3d8", "full": "#3f4752",
}  # fmt: skip
_DARK: Colours = {
    "paper": "#15171b", "ink": "#e9ebee", "quiet": "#a7aeb9", "rule": "#2b2f36",
    "strong": "#5a626e", "band": "#24282e", "frozen": "#1f4633", "full": "#c3cad4",
}  # fmt: skip
_TONES: dict[Tone, tuple[str, str, str, str]] = {
    Tone.WORK: ("#f4f6f8", "#4b5563", "#23282f", "#97a3b3"),
    Tone.REWORK: ("#fde8d6", "#b64d08", "#43290f", "#f0944a"),
    Tone.CHANGE: ("#f2e5f7", "#7a2c9a", "#38203f", "#cb8fe2"),
    Tone.QUESTION: ("#deedfb", "#125ea8", "#14304c", "#6db3f2"),
    Tone.HUMAN: ("#fdf2c4", "#806000", "#3d3410", "#e0b93b"),
    Tone.GOOD: ("#dbf2e4", "#14683f", "#123524", "#4cc38a"),
    Tone.BAD: ("#fbdedd", "#ab231b", "#44191a", "#f2827c"),
    Tone.QUIET: ("#f7f8f9", "#868e99", "#1e2126", "#808995"),
}
"""Fill and stroke in light, fill and stroke in dark."""


def _coloured(colours: Colours, dark: bool) -> str:
    at = ".remit-swimlane"
    rules = [
        f"{at} .paper{{fill:{colours['paper']}}}",
        f"{at} text{{fill:{colours['ink']}}}",
        f"{at} text.quiet{{fill:{colours['quiet']}}}",
        f"{at} .rule{{stroke:{colours['rule']}}}",
        f"{at} .rule.strong{{stroke:{colours['strong']}}}",
        f"{at} .band{{fill:{colours['band']}}}",
        f"{at} .band.frozen{{fill:{colours['frozen']}}}",
        f"{at} .cell{{stroke:{colours['full']};fill:{colours['paper']}}}",
        f"{at} .cell.full{{fill:{colours['full']}}}",
    ]
    for tone, pair in _TONES.items():
        fill, stroke = pair[2:] if dark else pair[:2]
        rules.append(f"{at} .box.{tone}{{fill:{fill};stroke:{stroke}}}")
    for move, tone in (
        ("normal", Tone.WORK), ("rework", Tone.REWORK), ("change", Tone.CHANGE),
        ("question", Tone.QUESTION), ("answer", Tone.QUESTION),
    ):  # fmt: skip
        stroke = _TONES[tone][3 if dark else 1]
        rules.append(f"{at} .arrow.{move},{at} .head.{move}{{stroke:{stroke}}}")
        hollow = move in ("rework", "answer")
        fill = (colours["paper"] if move == "answer" else "none") if hollow else stroke
        rules.append(f"{at} .head.{move}{{fill:{fill}}}")
    return "".join(rules)


_SHAPED = (
    ".remit-swimlane{font-family:system-ui,'Segoe UI','DejaVu Sans',Helvetica,Arial,sans-serif;"
    "max-width:100%;height:auto}"
    ".remit-swimlane text{stroke:none}"
    ".remit-swimlane text.bold{font-weight:600}"
    ".remit-swimlane .rule{stroke-width:1}"
    ".remit-swimlane .cell{stroke-width:1}"
    ".remit-swimlane .box{stroke-width:1.2}"
    ".remit-swimlane .box.cut,.remit-swimlane .box.double{stroke-width:1.8}"
    ".remit-swimlane .box.open{stroke-dasharray:4 3}"
    ".remit-swimlane .box.folded{stroke-dasharray:2 2}"
    ".remit-swimlane .box .inner{fill:none}"
    ".remit-swimlane .arrow{fill:none;stroke-width:1.3}"
    ".remit-swimlane .arrow.rework{stroke-dasharray:6 3;stroke-width:1.6}"
    ".remit-swimlane .arrow.change{stroke-dasharray:9 3 2 3}"
    ".remit-swimlane .arrow.question{stroke-dasharray:2 2.5;stroke-width:1.6}"
    ".remit-swimlane a:focus .box,.remit-swimlane a:hover .box{stroke-width:3}"
)
CSS = (
    _SHAPED
    + _coloured(_LIGHT, dark=False)
    + "@media screen and (prefers-color-scheme:dark){"
    + _coloured(_DARK, dark=True)
    + "}"
)
"""The style sheet of every swimlane; it reaches nothing outside one."""
