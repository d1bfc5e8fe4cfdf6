"""A provider's memory of a job: what costs something is done once."""

from typing import Any

import pytest

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.providers.base import Ticket, in_doubt


class Memory:
    """Keeps what tickets save, as the database would."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.calls = 0

    def ticket(self) -> Ticket:
        return Ticket(self.facts, lambda facts: setattr(self, "facts", dict(facts)))

    def call(self) -> str:
        """Answer with the number of this call, having seen the intent committed."""
        assert self.facts["id:intended"]
        self.calls += 1
        return f"job {self.calls}"

    def die(self) -> str:
        self.call()
        raise SystemExit


def died(memory: Memory, **promise: Any) -> None:
    """Make the first call, and die before its answer is known."""
    with pytest.raises(SystemExit):
        memory.ticket().once("id", memory.die, **promise)
    assert memory.calls == 1


def test_the_intent_is_saved_before_the_call_and_the_answer_after() -> None:
    memory = Memory()
    assert memory.ticket().once("id", memory.call) == "job 1"
    assert memory.facts["id"] == "job 1"


def test_what_was_answered_is_not_asked_again() -> None:
    memory = Memory()
    for _ in range(3):
        assert memory.ticket().once("id", memory.call) == "job 1"
    assert memory.calls == 1


def test_without_any_promise_the_outcome_is_unknown_and_the_call_not_repeated() -> None:
    memory = Memory()
    died(memory)
    with pytest.raises(OutcomeUnknown) as caught:
        memory.ticket().once("id", memory.call)
    assert caught.value.permanent
    assert caught.value.code == "outcome_unknown"
    assert memory.calls == 1


def test_a_job_that_the_provider_has_is_found_and_not_sent_again() -> None:
    memory = Memory()
    died(memory, look_up=lambda: "job 1")
    ticket = memory.ticket()
    assert ticket.once("id", memory.call, look_up=lambda: "job 1") == "job 1"
    assert memory.facts["id"] == "job 1"
    assert memory.calls == 1


def test_a_job_that_the_provider_surely_has_not_is_sent_again() -> None:
    memory = Memory()
    died(memory, look_up=lambda: None)
    assert memory.ticket().once("id", memory.call, look_up=lambda: None) == "job 2"


def test_a_look_up_that_fails_leaves_the_intent() -> None:
    def fail() -> None:
        raise ProviderError("away", "unreachable")

    memory = Memory()
    died(memory, look_up=fail)
    with pytest.raises(ProviderError, match="away"):
        memory.ticket().once("id", memory.call, look_up=fail)
    assert memory.facts == {"id:intended": True}
    assert memory.calls == 1


def test_only_what_may_be_paid_leaves_a_doubt() -> None:
    for free in (False, True):
        memory = Memory()
        died(memory, free=free)
        assert in_doubt(memory.facts) is not free
    assert memory.ticket().once("id", memory.call, look_up=lambda: None)
    assert not in_doubt(memory.facts)
    assert not in_doubt({})


def test_a_call_that_the_provider_recognises_is_repeated() -> None:
    memory = Memory()
    died(memory, repeatable=True)
    assert memory.ticket().once("id", memory.call, repeatable=True) == "job 2"


def test_a_refusal_is_an_answer_and_clears_the_intent() -> None:
    def refuse() -> None:
        raise ProviderError("no", "refused", permanent=True)

    memory = Memory()
    with pytest.raises(ProviderError, match="no"):
        memory.ticket().once("id", refuse)
    assert memory.facts == {}
    assert memory.ticket().once("id", memory.call) == "job 1"


def test_an_unknown_outcome_of_the_call_keeps_the_intent() -> None:
    def lose() -> None:
        raise OutcomeUnknown("lost")

    memory = Memory()
    with pytest.raises(OutcomeUnknown, match="lost"):
        memory.ticket().once("id", lose)
    assert memory.facts == {"id:intended": True}
