"""How often one key may call: exact over threads and processes, sliding by steps."""

from unittest import mock

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from imaging.models import Calls

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def _nothing_held() -> None:
    Calls.objects._held.clear()


def at(moment: float) -> mock._patch:
    return mock.patch("imaging.models.tokens.time.time", return_value=moment)


def test_so_many_calls_and_not_one_more() -> None:
    with at(1_000_000):
        assert [Calls.objects.take("a", 50) for _ in range(50)] == [0] * 50
        assert Calls.objects.take("a", 50) == 65
        assert Calls.objects.take("b", 50) == 0


def test_what_another_process_has_taken_counts() -> None:
    with at(1_000_000):
        taken = 0
        while not Calls.objects.take("a", 50):
            taken += 1
            Calls.objects._held.clear()
        assert taken <= 50
        assert Calls.objects.take("a", 50)


def test_what_was_not_used_of_a_share_is_not_lost() -> None:
    made = 0
    for moment in range(1_000_000, 1_000_050, 5):
        with at(moment):
            made += not Calls.objects.take("a", 1_200)
    with at(1_000_050):
        while not Calls.objects.take("a", 1_200):
            made += 1
    assert made == 1_200


def test_the_window_slides() -> None:
    with at(1_000_000):
        while not Calls.objects.take("a", 10):
            pass
    with at(1_000_059):
        assert Calls.objects.take("a", 10) == 10
    with at(1_000_066):
        assert Calls.objects.take("a", 10) == 0


def test_most_calls_cost_no_query() -> None:
    with at(1_000_000):
        Calls.objects.take("a", 1_200)
        before = len(connection.queries_log)
        connection.force_debug_cursor = True
        try:
            for _ in range(30):
                Calls.objects.take("a", 1_200)
        finally:
            connection.force_debug_cursor = False
        assert len(connection.queries_log) == before


def test_who_is_refused_costs_no_query_until_something_can_be_free(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with at(1_000_000):
        while not Calls.objects.take("a", 10):
            pass
        with django_assert_num_queries(0):
            assert [Calls.objects.take("a", 10) for _ in range(9)] == [65] * 9
    with at(1_000_066):
        assert Calls.objects.take("a", 10) == 0


def test_who_waits_for_the_database_holds_up_no_other() -> None:
    other = next(
        key for key in "bcdefgh" if (hash(key) - hash("a")) % len(Calls.objects._turns)
    )
    with at(1_000_000):
        assert Calls.objects.take(other, 100) == 0
        with Calls.objects._turns[hash("a") % len(Calls.objects._turns)]:
            assert Calls.objects.take(other, 100) == 0


def test_strangers_do_not_fill_the_memory() -> None:
    with at(1_000_000), mock.patch("imaging.models.tokens.REMEMBERED_KEYS", 5):
        for name in range(20):
            Calls.objects.take(f"share:{name}", 10)
        assert len(Calls.objects._held) <= 5
