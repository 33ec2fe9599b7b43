"""A language model in a seat."""

import time
from dataclasses import dataclass

from remit.agents.agent import AnswerInvalid, CallTooDear, Desk
from remit.agents.model.answer import Unfit, report_of
from remit.agents.model.prices import Price, most
from remit.agents.model.prompt import prompt
from remit.agents.model.provider import Cut, Prompt, Provider, Said, Usage
from remit.agents.model.who import card_text
from remit.agents.watch import follower
from remit.state import log
from remit.state.assignment import Assignment
from remit.state.canonical import canonical
from remit.state.errors import AgentFailed
from remit.state.report import Call, Report

MAX_TOKENS = 32_000
"""The cap on an answer that a seat has by default."""
OVERHEAD = 1_500
"""Tokens that a provider may add to a prompt on its own (the form of the answer, its wrapping)."""
BYTES_A_TOKEN = 100
"""More than any text has on the average: fewer tokens than that were not counted but made up."""
MAX_CUTS = 3
"""Broken streams that are paid for before the run is left to be resumed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAgent:
    """Asks a model, pays from the purse, and signs what it says."""

    provider: Provider
    price: Price
    card: str = ""
    """What it is told about its role; empty for the built-in text."""
    max_tokens: int = MAX_TOKENS
    """The longest answer, in tokens; what is reserved counts all of it."""

    def perform(self, assignment: Assignment, desk: Desk) -> Report:
        """The model's report.

        Raises:
            AgentFailed: the provider refuses, or was not reached in time.
            AnswerInvalid: the answer is no report of this assignment.
            CallTooDear: the most that the call can cost is not there.
        """
        begun = time.monotonic()
        asked = prompt(assignment, desk, self.card or card_text(assignment.seat))
        calls, watch = list[Call](), follower(assignment.seat)
        while True:
            reserved = self._reserve(asked, assignment, desk, calls, begun)
            watch(0)
            desk.note(self._at_most(reserved, "lost"), False)
            try:
                said = self.provider.ask(asked, self.max_tokens, begun + desk.patience_s, watch)
            except Cut as cut:
                calls.append(self._cut(cut, reserved))
                self._settle(assignment, desk, reserved, calls[-1])
                if cut.late:
                    raise AgentFailed(f"{self.provider.name}: {cut}") from cut
                if len(calls) >= MAX_CUTS:
                    seconds = int(time.monotonic() - begun)
                    raise AnswerInvalid(f"{cut}, {MAX_CUTS} times", "", (*calls,), seconds) from cut
                continue
            except AgentFailed:
                self._settle(assignment, desk, reserved, self._unanswered(reserved))
                raise
            calls.append(self._paid(said, reserved))
            self._settle(assignment, desk, reserved, calls[-1])
            return self._report(said, assignment, desk, tuple(calls), begun)

    def check(self) -> None:
        """Find out for nothing whether the model would answer.

        Raises:
            InputError: it would not.
        """
        self.provider.check()

    def most_of(self, asked: Prompt) -> tuple[int, int]:
        """The most that a call can take: tokens in (one for each byte), and micro-dollars."""
        size = sum(len(text.encode("utf-8", "replace")) for text in asked.texts)
        tokens_in = size + len(canonical(asked.schema)) + OVERHEAD
        return tokens_in, most(self.price, tokens_in, self.max_tokens)

    def _reserve(
        self, asked: Prompt, task: Assignment, desk: Desk, calls: list[Call], begun: float
    ) -> Call:
        """The call at its most; where that does not fit, its tokens are counted first."""
        tokens_in, micros = self.most_of(asked)
        short = desk.purse.reserve(task.key, micros, tokens_in + self.max_tokens)
        if short:
            counted = self.provider.count(asked)
            if counted is not None:
                tokens_in = min(tokens_in, counted + counted // 50 + OVERHEAD)
                micros = most(self.price, tokens_in, self.max_tokens)
                short = desk.purse.reserve(task.key, micros, tokens_in + self.max_tokens)
        call = Call(
            model=self.provider.name,
            most_tokens=tokens_in + self.max_tokens,
            most_micros=micros,
            ended="not made" if short else "",
            short=short,
        )
        if short:
            _log_call(task, call)
            raise CallTooDear(
                f"{task.seat}: the next call of {self.provider.name} can cost up to "
                f"${micros / 1_000_000:.4f} and {call.most_tokens:,} tokens, and the budget for "
                f"{' and '.join(short)} has not as much left",
                (*calls, call),
                int(time.monotonic() - begun),
            )
        return call

    def _settle(self, task: Assignment, desk: Desk, reserved: Call, paid: Call) -> None:
        desk.note(paid, True)
        _log_call(task, paid)
        tokens = paid.tokens_in + paid.tokens_out
        desk.purse.settle(
            task.key, paid.cost_micros - reserved.most_micros, tokens - reserved.most_tokens
        )

    def _paid(self, said: Said, reserved: Call) -> Call:
        """What an answer cost; where the count cannot be, the most that it could."""
        usage = said.usage
        if usage is None or not self._fits(usage, said, reserved):
            return self._at_most(reserved, said.ended)
        return self._call(usage, reserved, said.ended)

    def _fits(self, usage: Usage, said: Said, reserved: Call) -> bool:
        """Whether an answer can have taken so many tokens.

        They are not more than there is room for, and not fewer than any text takes.
        """
        most_in = reserved.most_tokens - self.max_tokens
        least_in = max(1, (most_in - OVERHEAD) // BYTES_A_TOKEN)
        least_out = -(-len(said.text.encode("utf-8", "replace")) // BYTES_A_TOKEN)
        return least_in <= usage.tokens_in <= most_in and least_out <= usage.out <= self.max_tokens

    def _cut(self, cut: Cut, reserved: Call) -> Call:
        """A broken stream is paid as far as it came: a byte is a token at most."""
        out = min(self.max_tokens, len(cut.text.encode("utf-8", "replace")) + 1)
        if not 0 < cut.tokens_in <= reserved.most_tokens - self.max_tokens:
            return self._at_most(reserved, "cut")
        return self._call(Usage(cache_write=cut.tokens_in, out=out), reserved, "cut")

    def _unanswered(self, reserved: Call) -> Call:
        """A call that nobody took, so that nothing was paid."""
        return self._call(Usage(), reserved, "not answered")

    def _call(self, usage: Usage, reserved: Call, ended: str) -> Call:
        return reserved.model_copy(
            update={
                "tokens_in": usage.tokens_in,
                "cache_read": usage.cache_read,
                "cache_write": usage.cache_write,
                "tokens_out": usage.out,
                "cost_micros": self.price.micros(usage),
                "ended": ended[:100],
            }
        )

    def _at_most(self, reserved: Call, ended: str) -> Call:
        return reserved.model_copy(
            update={
                "tokens_in": reserved.most_tokens - self.max_tokens,
                "tokens_out": self.max_tokens,
                "cost_micros": reserved.most_micros,
                "ended": ended[:100],
                "usage": "reserved",
            }
        )

    def _report(
        self, said: Said, task: Assignment, desk: Desk, calls: tuple[Call, ...], begun: float
    ) -> Report:
        seconds = int(time.monotonic() - begun)
        try:
            if said.ended != "end_turn":
                raise Unfit(_STOPPED.get(said.ended, f"the model stopped: {said.ended[:80]}"))
            report = report_of(said.text, task, desk)
        except Unfit as unfit:
            raise AnswerInvalid(f"{task.seat}: {unfit}", said.text, calls, seconds) from None
        return report.model_copy(
            update={
                "tokens_in": sum(call.tokens_in for call in calls),
                "tokens_out": sum(call.tokens_out for call in calls),
                "cost_micros": sum(call.cost_micros for call in calls),
                "duration_s": seconds,
                "calls": calls,
            }
        )


def _log_call(task: Assignment, call: Call) -> None:
    log.event(
        "call", step=task.step, seat=str(task.seat), model=call.model, ended=call.ended,
        most_micros=call.most_micros, cost_micros=call.cost_micros, tokens_in=call.tokens_in,
        cache_read=call.cache_read, tokens_out=call.tokens_out,
    )  # fmt: skip


_STOPPED = {
    "max_tokens": "the answer was cut off because it was too long; say it in fewer words",
    "refusal": "the model declined to answer",
    "model_context_window_exceeded": "the prompt and the answer are too long for the model",
}
