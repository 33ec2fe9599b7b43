"""Four runs whose pictures are looked at.

A clean one, a contract loop to its limit, a chain of questions up to the human, and one so long
that its loops are folded.

`python -m tests.golden_runs DIR` writes the swimlane and the summary of each, to be viewed.
"""

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import remit
from remit.analysis.summary_text import Place, text
from remit.recorded import Run
from remit.runs import Record
from remit.state.store import open_store
from tests.runs import policy

_CHANGE = """
- frontend: auto
- frontend: {{stage: build, event: change, requests: [{{target: contract, change: {0}}}]}}
"""
_LOOP = (
    "- cto: auto\n"
    + "".join(
        _CHANGE.format(change)
        for change in ("add colour to list_projects", "add size", "add a search", "add sorting")
    )
    + "- cto: {stage: change_control, event: approve, approved: [contract], text: as asked}\n" * 3
    + "- cto: {stage: arbitration, event: freeze, text: ship what there is}\n"
)
_QUESTIONS = """
- pm: {stage: requirements, event: question, questions: ["Which currency do invoices carry?"]}
- pm: {stage: requirements, event: question, questions: ["May an invoice be sent twice?"]}
- pm: {stage: requirements, event: question, questions: ["Who may delete a client?"]}
- pm: {stage: requirements, event: question, questions: ["Are drafts visible to the client?"]}
- cto: auto
- cto: {stage: arbitration, event: answer, text: euros only}
- cto: {stage: arbitration, event: answer, text: "yes, and each time is kept"}
- cto: {stage: arbitration, event: refer, text: a matter of law}
- human: {stage: human, event: answer, text: only the owner}
- human: {stage: human, event: stop, text: the brief is not ready}
"""
LOOSE = policy(
    limits=dict.fromkeys(
        ("requirement_rework", "contract_review", "change_requests", "rework_backend",
         "rework_frontend", "escalations", "human_questions"), 12,
    ) | {"no_progress": 30, "handoffs": 400, "hours": 900, "tokens": 20_000_000, "dollars": 100},
)  # fmt: skip
LOOSE = LOOSE.model_copy(update={"name": "loose"})
"""Room for loops to repeat."""
GOLDEN: dict[str, dict[str, Any]] = {
    "clean": {"behaviour": "perfect", "seed": 4},
    "loop": {"behaviour": "perfect", "script": _LOOP},
    "questions": {"behaviour": "perfect", "script": _QUESTIONS},
    "long": {"behaviour": "worst", "seed": 1, "policy": LOOSE},
}


@cache
def golden(name: str) -> Run:
    """One of the golden runs, in a record in memory that stays open."""
    return remit.run(db=Record(open_store(":memory:")), name=name, engine="loop", **GOLDEN[name])


@cache
def asking(question: str) -> Run:
    """A run whose PM asks that, whose CTO answers the same, and which is stopped with the same."""
    said = json.dumps(question, ensure_ascii=False)
    said = "".join(one if one.isprintable() or one == " " else f"\\u{ord(one):04x}" for one in said)
    script = (
        f"- pm: {{stage: requirements, event: question, questions: [{said}]}}\n"
        f"- cto: auto\n- cto: {{stage: arbitration, event: answer, text: {said}}}\n"
        f"- uiux: {{stage: experience, event: question, questions: [{said}]}}\n"
        f"- cto: {{stage: arbitration, event: stop, text: {said}}}\n"
    )
    record = Record(open_store(":memory:"))
    return remit.run(db=record, name="asking", engine="loop", behaviour="perfect", script=script)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for each in GOLDEN:
        run = golden(each)
        (folder / f"{each}.svg").write_text(run.swimlane(), "utf-8")
        (folder / f"{each}.txt").write_text(text(run.summary(), Place(), 80), "utf-8")
