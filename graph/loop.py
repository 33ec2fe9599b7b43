"""The plain loop: the same session as the graph's, without LangGraph."""

from remit.graph.session import Session


def run_loop(session: Session, last: int | None = None) -> None:
    """Work until the run ends, or only a person who is not in this process can go on.

    Args:
        session: the run.
        last: stop once this step is folded; without it, go on to the end.
    """
    waiting = session.course.waiting()
    while waiting and (last is None or session.course.step <= last):
        for assignment in waiting:
            if assignment.occupant in session.team.agents:
                session.work(assignment)
        still = session.integrate()
        if still == waiting:
            return
        waiting = still
