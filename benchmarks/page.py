"""The HTML page of a run of some sixty handoffs: its bytes and time beside the run's raw JSON."""

import json

from _measure import figure, machine, medians, scale, verdict

import remit
from remit.agents.artifacts.documents import pretty
from remit.bundle import handoff_lines
from remit.recorded import Run
from remit.runs import Record
from remit.state.policy import Policy, load
from remit.state.store import open_store

MEGABYTES_TARGET = 1.0
SEED = 0
"""Of a run that takes 61 handoffs under the loose policy."""
LOOPS = (
    "requirement_rework", "contract_review", "change_requests", "rework_backend",
    "rework_frontend", "no_progress", "escalations", "human_questions",
)  # fmt: skip


def loose() -> Policy:
    """A policy under which the loops of a bad team go round and round."""
    data = load("balanced").model_dump(mode="json")
    data["limits"] |= dict.fromkeys(LOOPS, 5)
    return Policy.model_validate({**data, "name": "loose"})


def raw(run: Run) -> str:
    """What the page tells, as JSON: handoffs, matters, every artifact, the terms."""
    artifacts = [run.content(one) for one in run.course.ledger.artifacts.values()]
    frozen = [run.frozen(one) for one in run.contracts]
    terms = [run.policy.model_dump(mode="json"), run.brief.model_dump(mode="json")]
    matters = json.dumps([one.state.answer for one in run.matters])
    rows = "".join(handoff_lines(run.id, run.stored_handoffs))
    return rows + matters + "".join(map(pretty, (*artifacts, *frozen, *terms)))


def main() -> None:
    """Print the figures."""
    size = scale(repeats=9)
    machine()
    with Record(open_store(":memory:")) as record:
        run = remit.run("invoicing", policy=loose(), behaviour="worst", seed=SEED, db=record)
        took = medians(
            {"page": run.page, "swimlane": run.swimlane, "raw": lambda: raw(run)}, size.repeats
        )
        page, plain = len(run.page().encode()), len(raw(run).encode())
        print(f"  {len(run.handoffs) - 1} handoffs: page {page:,} bytes, raw JSON {plain:,} bytes")
    figure("the swimlane alone", took["swimlane"], 1, "run")
    figure("the page", took["page"], 1, "run")
    figure("the raw JSON", took["raw"], 1, "run")
    print(f"  => page / raw JSON: bytes {page / plain:.2f}, time {took['page'] / took['raw']:.1f}")
    verdict("page, megabytes", page / 1e6, MEGABYTES_TARGET, most=True)


if __name__ == "__main__":
    main()
