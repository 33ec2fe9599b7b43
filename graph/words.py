"""The record in words: why a handoff went where it did, and what is awaited."""

from remit.graph.event import Item
from remit.graph.ledger import Ledger
from remit.graph.rules import Rule
from remit.state.assignment import Assignment
from remit.state.vocabulary import Stage

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


def tell(
    rule: Rule | None, assignment: Assignment | None, ledger: Ledger, about: Item = Item.NONE
) -> str:
    """One line that says why this handoff was made; `about` is what an open matter is about."""
    if rule is None:
        return "the run starts with the brief"
    said = ""
    if assignment and assignment.findings:
        first = assignment.findings[0]
        more = f" (+{len(assignment.findings) - 1} more)" if len(assignment.findings) > 1 else ""
        said = f": {first.rule} at {first.place}{more}"
    elif assignment and assignment.matter:
        said = f": {assignment.matter.text}"
    elif assignment is None and rule.goto is Stage.STOPPED and ledger.rulings:
        said = f": {ledger.rulings[-1][1]}"
    elif assignment is None:
        said = _about(rule.item or about, ledger)
    return rule.text + said


def _about(item: Item, ledger: Ledger) -> str:
    """What an item on the docket speaks of; empty where nothing is left of it."""
    said = [f"{one.rule} at {one.place}" for _, one in ledger.findings.get(item, [])]
    if item is Item.QUESTION:
        said = [one.text for _, one in ledger.questions]
    elif item in (Item.CONTRACT_CHANGE, Item.SCOPE_CHANGE):
        said = [one.change for _, one in ledger.requests]
    return ": " + "; ".join(dict.fromkeys(said)) if said else ""
