"""The queue between pusher and workers, which they can leave without loss.

SIGTERM breaks off waiting, never a message: that is read whole, or returned.
"""

from typing import Any

from django_q.brokers import Broker
from django_q.queues import Queue
from django_q.signing import SignedPackage


def hand_back(task: dict[str, Any], broker: Broker) -> None:
    """Return a task that was fetched and not begun: it need not wait for `retry`."""
    ack_id = task.pop("ack_id")
    broker.enqueue(SignedPackage.dumps(task))
    if ack_id:
        broker.acknowledge(ack_id)


class Leave(BaseException):
    """Raised by SIGTERM in a process that waits at the inbox."""


class Inbox(Queue):
    """The queue from the pusher to the workers; told to leave, they wait no more."""

    leaving = waiting = False

    def __init__(self, broker: Broker, limit: int) -> None:
        super().__init__(maxsize=limit)
        self.broker = broker

    def leave(self, *_: object) -> None:
        """Leave at once when waiting here, else when the work in hand is done."""
        if not self.leaving:
            self.leaving = True
            if self.waiting:
                raise Leave

    def get(self, *args: Any, **kwargs: Any) -> Any:
        self.waiting = True
        try:
            return "STOP" if self.leaving else super().get(*args, **kwargs)
        except Leave:
            return "STOP"
        finally:
            self.waiting = False

    def _reset(self, after_fork: bool = False) -> None:
        super()._reset(after_fork)
        self._recv_bytes = self.receive

    def receive(self) -> bytes:
        """Read a message whole or, when told to leave, not at all."""
        self._reader.poll(None)
        self.waiting = False
        return self._reader.recv_bytes()

    def put(self, task: Any, *args: Any, **kwargs: Any) -> None:
        """Wait for room; told to leave, return the task to where it came from."""
        try:
            self.waiting = True
            if self.leaving:
                raise Leave
            self._sem.acquire()
            self.waiting = False
        except Leave:
            hand_back(task, self.broker)
            raise SystemExit(1) from None
        # There is only one who puts, so there is still room.
        self._sem.release()
        super().put(task, *args, **kwargs)
