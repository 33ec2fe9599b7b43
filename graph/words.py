"""The record in words: why a handoff went where it did, and what is awaited."""

from remit.graph.ledger import Ledger
from remit.graph.rules import Rule
from remit.state.assignment import Assignment
from remit.state.vocabulary import Seat

_AWAITED = {
    "plan": "a plan: stack, constraints and the confirmed routing manifest",
    "requirements": "rules and acceptance criteria",
    "experience": "screens, states and data needs",
    "contract": "the API contract and data model",
    "contract_review": "a verdict on the draft contract",
    "build": "the build",
    "verification": "a verdict on the final revisions",
    "acceptance": "acceptance, rework or escalation",
    "solo": "the one work item",
    "change_control": "a ruling on the change requests",
    "arbitration": "a decision",
    "human": "a person's decision",
    "release": "a person's approval of the external actions",
}


def awaited(assignment: Assignment | None) -> str:
    """What the owner owes now."""
    return _AWAITED[assignment.stage] if assignment else "nothing"


def tell(rule: Rule | None, sender: Seat, assignment: Assignment | None, ledger: Ledger) -> str:
    """One line that says why this handoff was made."""
    if rule is None:
        return "the run starts with the brief"
    said = ""
    if assignment and assignment.findings:
        first = assignment.findings[0]
        more = f" (+{len(assignment.findings) - 1} more)" if len(assignment.findings) > 1 else ""
        said = f": {first.rule} at {first.place}{more}"
    elif assignment and assignment.matter:
        said = f": {assignment.matter.text}"
    elif assignment is None and ledger.rulings and rule.event is not None:
        said = f": {ledger.rulings[-1][1]}"
    return rule.text + said
