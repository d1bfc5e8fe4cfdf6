"""The played laboratory: a vendor on a real socket that takes jobs and counts them.

`python -m tests.lab PORT` serves until it is ended; `GET /ledger` tells what was paid.
Modes of a job, given with it: ok; fail; reject (422); hang-up (takes the job, then
closes without an answer); never (never done); garbage; lost (no file at 100 percent);
wrong (the result is no picture).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from tests.providers.playing import HANG_UP, Heard, Steps, answer
from tests.providers.vendor import Vendor, Work, call, serve

# The one token that is refused.
WRONG = "a-token-that-nobody-gave-out"


@dataclass
class Order(Work):
    """One job that was taken, and so paid."""

    name: str = ""
    mode: str = "ok"
    seconds: float = 0.0
    body: bytes = b""
    # When the provider first said it was done, for measuring.
    told: float = 0.0

    @property
    def share(self) -> float:
        if self.mode == "never":
            return 0.5
        return min((time.time() - self.at) / max(self.seconds, 0.001), 1.0)


class Lab(Vendor):
    """Takes jobs, develops them in the time asked for, hands out the results."""

    job = Order

    @property
    def orders(self) -> dict[str, Order]:
        return self.jobs

    @call("POST /jobs", act="submit")
    def order(self, heard: Heard) -> Steps:
        wanted = query(heard)
        mode = wanted.get("mode", "ok")
        if mode == "reject":
            said = "The laboratory does not take this picture."
            return answer({"message": said}, 422)
        order = self.take(
            heard.headers.get("idempotency-key", ""),
            name=wanted.get("name", ""),
            mode=mode,
            seconds=float(wanted.get("seconds", "0")),
            body=heard.body,
        )
        return [HANG_UP] if mode == "hang-up" else answer({"id": order.id})

    @call("GET /jobs")
    def find(self, heard: Heard) -> bytes:
        name = query(heard).get("name")
        found = [one.id for one in self.orders.values() if one.name == name]
        return answer({"jobs": found})

    @call("GET /jobs/{id}", act="poll")
    def status(self, heard: Heard, id: str) -> bytes:
        if not (order := self.orders.get(id)):
            return answer({"message": "There is no such job."}, 404)
        order.polls += 1
        if order.mode == "garbage":
            return answer(b"<html>soon</html>", type="text/html")
        share = 0.5 if self.never else order.share
        if share >= 1 and order.mode == "fail":
            return answer({"state": "failed", "reason": "The picture is out of focus."})
        if share >= 1 and not order.told:
            order.told = time.time()
        state = "done" if share >= 1 else "running"
        return answer({"state": state, "percent": int(share * 100)})

    @call("GET /jobs/{id}/result", act="fetch", picture=True)
    def result(self, heard: Heard, id: str) -> bytes:
        order = self.orders.get(id)
        if not order or order.mode == "lost":
            return answer({"message": "The result is gone."}, 404)
        if order.mode == "wrong":
            return answer(b"This is no picture.", type="image/jpeg")
        return answer(order.body)

    @call("DELETE /jobs/{id}")
    def cancel(self, heard: Heard, id: str) -> bytes:
        self.cancelled.append(id)
        return answer({})

    @call("GET /balance", act="inquire")
    def balance(self, heard: Heard) -> bytes:
        if heard.headers.get("authorization") == f"Bearer {WRONG}":
            return answer({"message": "The atelier does not know this token."}, 401)
        return answer({"balance": 250, "unit": "credits", "most_pixels": 4000})


def query(heard: Heard) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(heard.target).query))


if __name__ == "__main__":
    serve(Lab)
