"""Speaks to a queue in a site's own environment, see `tests.backstage`."""

import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command

from tests.backstage import answer


def enqueue(queue: str, func: str, *args: Any, **options: Any) -> Any:
    from django_q.tasks import async_task

    options["cluster"] = queue
    return async_task(f"tests.cluster.tasks.{func}", *args, q_options=options)


def waiting(queue: str) -> int:
    from django_q.brokers import get_broker

    return get_broker(queue).queue_size()


def heartbeat(queue: str) -> float:
    """Return when a queue's cluster was heard of last on this host; 0: never."""
    from imaging.models import Heartbeat

    here = Heartbeat.objects.filter(kind=queue, host=socket.gethostname()).first()
    return here.at.timestamp() if here else 0.0


def prepare() -> None:
    """Make the few tables that a cluster needs."""
    from django.db import connection

    from imaging.models import Heartbeat

    with connection.schema_editor() as editor:
        editor.create_model(Heartbeat)
    if not settings.REDIS_URL:
        call_command("migrate", "django_q", verbosity=0, skip_checks=True)
        call_command("createcachetable", verbosity=0)


if __name__ == "__main__":
    answer(prepare, enqueue, waiting, heartbeat)
