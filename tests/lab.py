"""The played laboratory: a vendor on a real socket that takes jobs and counts them.

`python -m tests.lab PORT` serves until it is ended; `GET /ledger` tells what was paid.
Modes of a job, given with it: ok; fail; reject (422); hang-up (takes the job, then
closes without an answer); never (never done); garbage; lost (no file at 100 percent);
wrong (the result is no picture).
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

# The one token that is refused.
WRONG = "a-token-that-nobody-gave-out"


@dataclass
class Order:
    """One job that was taken, and so paid."""

    id: str
    name: str
    mode: str
    seconds: float
    body: bytes
    key: str
    at: float = field(default_factory=time.time)
    polls: int = 0
    # When the provider first said it was done, for measuring.
    told: float = 0.0

    @property
    def share(self) -> float:
        if self.mode == "never":
            return 0.5
        return min((time.time() - self.at) / max(self.seconds, 0.001), 1.0)


class Lab(ThreadingHTTPServer):
    """Takes jobs, develops them in the time asked for, hands out the results."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Desk)
        self.orders: dict[str, Order] = {}
        self.lock = threading.Lock()
        self.cancelled: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Lab:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def take(self, query: dict[str, str], key: str, body: bytes) -> Order:
        """Take a job; one key gives one job, so a repetition costs nothing."""
        with self.lock:
            for known in self.orders.values():
                if key and known.key == key:
                    return known
            number = str(len(self.orders) + 1)
            seconds = float(query.get("seconds", "0"))
            mode = query.get("mode", "ok")
            order = Order(number, query.get("name", ""), mode, seconds, body, key)
            self.orders[number] = order
            return order


class Desk(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Lab

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        query = dict(parse_qsl(urlsplit(self.path).query))
        if query.get("mode") == "reject":
            self.say(422, {"message": "The laboratory does not take this picture."})
            return
        key = self.headers.get("Idempotency-Key", "")
        order = self.server.take(query, key, body)
        if query.get("mode") == "hang-up":
            self.close_connection = True
            self.connection.close()
            return
        self.say(200, {"id": order.id})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        steps = parts.path.strip("/").split("/")
        if parts.path == "/ledger":
            self.ledger()
        elif parts.path == "/balance":
            self.balance()
        elif parts.path == "/jobs":
            name = dict(parse_qsl(parts.query)).get("name")
            orders = self.server.orders.values()
            self.say(200, {"jobs": [one.id for one in orders if one.name == name]})
        elif len(steps) > 1 and (order := self.server.orders.get(steps[1])):
            self.result(order) if len(steps) > 2 else self.status(order)
        else:
            self.say(404, {"message": "There is no such job."})

    def do_DELETE(self) -> None:
        self.server.cancelled.append(self.path.rpartition("/")[2])
        self.say(200, {})

    def balance(self) -> None:
        if self.headers.get("Authorization") == f"Bearer {WRONG}":
            self.say(401, {"message": "The atelier does not know this token."})
        else:
            self.say(200, {"balance": 250, "unit": "credits", "most_pixels": 4000})

    def ledger(self) -> None:
        orders = self.server.orders.values()
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "at": one.at,
                "told": one.told,
                "seconds": one.seconds,
                "polls": one.polls,
            }
            for one in orders
        ]
        self.say(200, {"orders": rows, "cancelled": self.server.cancelled})

    def status(self, order: Order) -> None:
        order.polls += 1
        if order.mode == "garbage":
            self.send(200, b"<html>soon</html>", "text/html")
            return
        done = order.share >= 1
        if done and order.mode == "fail":
            self.say(200, {"state": "failed", "reason": "The picture is out of focus."})
            return
        if done and not order.told:
            order.told = time.time()
        state = "done" if done else "running"
        self.say(200, {"state": state, "percent": int(order.share * 100)})

    def result(self, order: Order) -> None:
        if order.mode == "lost":
            self.say(404, {"message": "The result is gone."})
        elif order.mode == "wrong":
            self.send(200, b"This is no picture.", "image/jpeg")
        else:
            self.send(200, order.body, "application/octet-stream")

    def say(self, status: int, what: object) -> None:
        self.send(status, json.dumps(what).encode(), "application/json")

    def send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the tests ask the ledger."""


if __name__ == "__main__":
    Lab(int(sys.argv[1])).serve_forever()
