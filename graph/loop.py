"""The plain loop: the same session as the graph's, without LangGraph."""

from remit.graph.session import Session


def run_loop(session: Session) -> None:
    """Work until the run ends."""
    waiting = session.course.waiting()
    while waiting:
        for assignment in waiting:
            session.work(assignment)
        waiting = session.integrate()
