"""An order never comes back to an installation that it has passed."""

import pytest
from django.test import RequestFactory

from imaging.api.callers import NotAllowed
from imaging.api.serving import via
from imaging.outgoing import hops


def asked(passed: str) -> object:
    return RequestFactory().post("/", headers={hops.HEADER: passed})


def test_calls_name_this_installation_and_those_before_it() -> None:
    assert hops.passed() == hops.own_name()
    with hops.carried_on("aaaa,bbbb"):
        assert hops.passed() == f"aaaa,bbbb,{hops.own_name()}"
    assert hops.passed() == hops.own_name()


def test_an_order_of_another_installation_is_taken() -> None:
    assert via(asked("aaaa,bbbb"), "kokoon").hops == "aaaa,bbbb"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "passed",
    [f"aaaa,{hops.own_name()}", ",".join("abcdefghi")],
    ids=["was here", "goes round"],
)
def test_one_that_was_here_or_goes_round_is_refused(passed: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        via(asked(passed), "kokoon")  # type: ignore[arg-type]
    assert caught.value.status == 508
