"""The swimlane of a run of about 120 handoffs, against reading and folding the same run."""

from _measure import figure, machine, medians, scale, verdict

import remit
from remit.analysis.swimlane import lay_out, svg
from remit.runs import Record
from remit.state.policy import Policy, load
from remit.state.store import open_store

TARGET_S = 0.3
_LOOPS = (
    "requirement_rework", "contract_review", "change_requests", "rework_backend",
    "rework_frontend", "no_progress", "escalations", "human_questions",
)  # fmt: skip


def loose() -> Policy:
    """Room for loops to repeat."""
    policy = load("balanced")
    more = {**dict.fromkeys(_LOOPS, 12), "no_progress": 30, "handoffs": 400,
            "hours": 900, "tokens": 10**8, "dollars": 100}  # fmt: skip
    limits = policy.limits.model_copy(update=more)
    return policy.model_copy(update={"limits": limits})


def main() -> None:
    """Print the figures."""
    size = scale()
    machine()
    record = Record(open_store(":memory:"))
    run = remit.run(db=record, policy=loose(), behaviour="worst", seed=1, engine="loop")
    story = run.story()
    took = medians(
        {
            "read": lambda: record.run(run.id).handoffs,
            "told": run.story,
            "drawn": lambda: svg(lay_out(story)),
            "all": run.swimlane,
        },
        size.repeats,
    )
    handoffs = len(run.handoffs)
    figure(f"reading and folding a run of {handoffs} handoffs", took["read"], 1)
    figure("its story", took["told"], 1)
    figure("layout and SVG of the story", took["drawn"], 1)
    verdict("swimlane / reading the run", took["all"] / took["read"], 1.0, most=True)
    verdict("swimlane, seconds", took["all"], TARGET_S, most=True)


if __name__ == "__main__":
    main()
