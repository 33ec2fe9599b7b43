"""What a model seat adds to a bare call of the SDK, and whether seats that work together overlap.

All sides ask the same server on 127.0.0.1, which answers at once, for the same prompt, streamed. A
busy machine makes threads wait for each other, so the processor time of the asking thread is shown
too: it is what the target is held to.
The second part gives a whole team a server that takes 0.3 s for each answer: a group of reviewers
should take the time of one. Run from the project's root: the server is that of the tests.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import anthropic
from _measure import Side, figure, machine, medians, scale, verdict

from remit import open as open_record
from remit import run
from remit.agents.model import anthropic_api
from remit.agents.model.anthropic_api import Anthropic
from remit.agents.model.prompt import prompt
from remit.agents.model.who import card_text
from remit.state.vocabulary import Seat, Stage
from tests.claude import MODEL, claude, desk_for, good, in_turn
from tests.desks import BRIEF, task
from tests.messages_server import Asked, Says, serving
from tests.model_answers import perfect

ANSWER_S = 0.3
"""What the slow server takes for each answer."""


def _nobody(count: int) -> None:
    """Does not watch."""


def overhead(repeats: int) -> None:
    """A seat's whole work on an assignment beside the SDK's own call and our provider's."""
    assignment = task(Stage.PLAN, Seat.CTO)
    desk = desk_for(assignment)
    asked = prompt(assignment, desk, card_text(Seat.CTO))
    with claude(in_turn(good(assignment))) as (_, agent):
        bare = agent.provider
        assert isinstance(bare, Anthropic)
        client = anthropic.Anthropic(max_retries=0)

        def sdk() -> None:
            with client.messages.stream(
                model=MODEL,
                max_tokens=32_000,
                system=anthropic_api.system(asked),
                messages=anthropic_api.messages(asked),
                output_config=anthropic_api.form(asked),
            ) as stream:
                stream.get_final_message()

        sides: dict[str, Side] = {
            "the SDK's call, streamed": sdk,
            "our provider's call": lambda: bare.ask(
                asked, 32_000, time.monotonic() + 60, _nobody
            ),
            "the seat: prompt, budget, call, validation, report": lambda: agent.perform(
                assignment, desk
            ),
        }  # fmt: skip
        took = medians(sides, repeats)
        worked = medians(sides, repeats, time.thread_time)
        client.close()
    for name, seconds in took.items():
        figure(name, seconds, 1, "call")
    for name, seconds in worked.items():
        figure(f"{name[:40]}, processor", seconds, 1, "call")
    (alone, _, seat), (quick, _, whole) = worked.values(), took.values()
    verdict("seat / SDK, processor time", seat / alone, 1.5, most=True)
    verdict("seat - SDK, processor time, ms", (seat - alone) * 1e3, 10, most=True)
    verdict("seat / SDK, wall clock", whole / quick, 1.5, most=True)


def overlap(said: dict[str, str], *, told: bool) -> None:
    """A run against a slow server, beside the sum of its answers and its longest way.

    The first run of a process loads libraries and has the answers written, and is not told.
    """
    answer = perfect(BRIEF)

    def slow(asked: Asked) -> Says:
        if not asked.path.endswith("messages"):
            return Says()
        if asked.key not in said:
            said[asked.key] = answer(asked).text
        return Says(text=said[asked.key], wait_s=ANSWER_S)

    with serving(slow) as server, open_record(":memory:") as record:
        os.environ |= {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "opens-nothing"}
        began, worked = time.perf_counter(), time.process_time()
        run(BRIEF, team="anthropic", db=record)
        took, worked = time.perf_counter() - began, time.process_time() - worked
    if not told:
        return
    steps = len({key.partition("/")[0] for key in server.calls})
    path, total = steps * ANSWER_S, len(server.asked) * ANSWER_S
    print(f"  {len(server.asked)} answers in {steps} steps: {took:.2f} s; "
          f"critical path {path:.1f} s, sum {total:.1f} s; processor {worked:.2f} s, the server's "
          "included")  # fmt: skip
    verdict("run / critical path", took / path, total / path, most=True)


if __name__ == "__main__":
    wanted = scale(repeats=50)
    machine()
    overhead(wanted.repeats)
    answers: dict[str, str] = {}
    overlap(answers, told=False)
    overlap(answers, told=True)
