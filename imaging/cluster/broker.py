"""django-q's queue in the database, for machines whose clocks disagree."""

from datetime import UTC, datetime

from django_q.brokers.orm import ORM

# No clock is so far behind that this has not come yet.
FREE = datetime.fromtimestamp(0, UTC)


class DatabaseQueue(ORM):
    """A queue whose messages are to be had at once, whatever time it is where.

    django-q locks a new one until now by the clock of who sends it: one that is an hour
    ahead of a worker's would be waited for that long.
    """

    def enqueue(self, task: str) -> int:
        row = self.get_connection().create(key=self.list_key, payload=task, lock=FREE)
        return int(row.pk)
