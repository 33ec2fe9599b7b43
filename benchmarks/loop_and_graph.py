"""The plain loop against the graph: the same rows by seed, nothing rendered, nothing stored."""

from _measure import figure, machine, medians, scale, verdict
from _teams import team

from remit.graph.batch import Simulation

TARGET = 30.0


def work(many: Simulation, runs: int) -> int:
    """Take runs to their end; how many handoffs they made."""
    handoffs = 0
    for seed in range(runs):
        session = many.session(seed)
        many.work(session)
        handoffs += len(session.course.handoffs)
    return handoffs


def main() -> None:
    """Print the figures."""
    size = scale(repeats=9, runs=100)
    machine()
    for behaviour in ("perfect", "typical"):
        graph, loop = team(behaviour, "graph"), team(behaviour, "loop")
        assert all(graph.run(seed) == loop.run(seed) for seed in range(size.runs))
        handoffs = work(loop, size.runs)
        took = medians(
            {
                "graph": lambda many=graph: work(many, size.runs),
                "loop": lambda many=loop: work(many, size.runs),
            },
            size.repeats,
        )
        print(f"{behaviour} team: {size.runs} runs, {handoffs} handoffs, equal rows")
        figure("the graph", took["graph"], size.runs)
        figure("the plain loop", took["loop"], size.runs)
        figure("the plain loop", took["loop"], handoffs, "handoff")
        verdict("graph / loop", took["graph"] / took["loop"], TARGET)


if __name__ == "__main__":
    main()
