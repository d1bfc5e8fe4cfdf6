"""What is asked without end is answered by the indexes of it, however long the past."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet, Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imaging.models import Task, Team
from imaging.models.states import ACTS
from imaging.operating.failing import failures, newest
from imaging.operating.queues import counts

pytestmark = pytest.mark.django_db


def plan(sql: str) -> str:
    """Return how SQLite would answer."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "\n".join(row[3] for row in cursor.fetchall())


@pytest.mark.parametrize("act", ACTS)
def test_what_is_due_is_looked_for_among_what_is_open(act: str) -> None:
    due: QuerySet[Task] = Task.objects.due(act)
    assert "INDEX open_tasks" in due.explain()
    assert "INDEX open_" in due.filter(provider="local").explain()


def test_a_provider_is_counted_by_what_is_open_and_what_ended_of_late() -> None:
    with CaptureQueriesContext(connection) as queries:
        counts(["local"], timezone.now() - timedelta(hours=24))
    said = plan(queries[0]["sql"])
    assert said.count("INDEX open_at_provider") == 3
    assert said.count("INDEX ended_tasks") == 1
    assert "SCAN imaging_task" not in said


def test_failures_are_counted_in_their_index() -> None:
    with CaptureQueriesContext(connection) as queries:
        newest(failures(None, timezone.now()))
    assert "INDEX failed_tasks" in plan(queries[0]["sql"])


def test_the_engine_time_of_a_month_is_summed_in_an_index(studio: Team) -> None:
    work = Task.objects.filter(team=studio, created__gte=timezone.now())
    spent = work.values("team").annotate(Sum("engine_seconds"))
    assert "COVERING INDEX team_tasks" in spent.explain()
