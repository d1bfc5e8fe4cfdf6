"""People and programs at work on a site: what was acknowledged to them, and how."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from typing import Any, Self

import requests

from tests.application import PASSWORD, Application
from tests.drawing import jpeg
from tests.visiting import Visitor

OWNER = "alice@example.com"
PAGES = ("/", "/upload/", "/galleries/", "/activity/")
numbers = itertools.count(1_000)


class Traffic:
    """Two programs that upload and order for as long as the block, and a browser.

    A program repeats whatever was not acknowledged, by the same key, until it is.
    """

    def __init__(self, site: Application, programs: int = 2) -> None:
        self.site = site
        token = site.manage("apitoken", OWNER).splitlines()[0]
        self.headers = {"Authorization": f"Bearer {token}"}
        self.browser = Visitor(site)
        self.browser.fill_in("/accounts/login/", login=OWNER, password=PASSWORD)
        self.images: list[str] = []
        self.tasks: list[str] = []
        self.calls: Counter[int | str] = Counter()
        self.pages: Counter[int | str] = Counter()
        self.longest: dict[int | str, float] = {}
        self.faults: list[str] = []
        self.over = threading.Event()
        work = [self.upload_and_order] * programs + [self.browse]
        self.threads = [threading.Thread(target=one, daemon=True) for one in work]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(90)

    def upload_and_order(self) -> None:
        while not self.over.is_set():
            number = next(numbers)
            file = (f"photo{number}.jpg", jpeg(320, 240, seed=number))
            image = self.once("/api/v1/images", files={"file": file})
            if not image:
                return
            self.images.append(image["id"])
            local = {"provider": "local", "operation": "convert"}
            wanted = local | {"options": {"format": "png"}}
            if number % 2:
                options = {"seconds": 1, "promise": "key"}
                wanted = {"provider": "lab", "operation": "develop", "options": options}
            batch = self.once(
                "/api/v1/batches", json={"images": [image["id"]], **wanted}
            )
            if batch:
                self.tasks += [one["id"] for one in batch["tasks"]]
            self.over.wait(0.1)

    def once(self, path: str, **what: Any) -> Any:
        """Call until it is acknowledged, with one key; None when all is over first."""
        headers = self.headers | {"Idempotency-Key": uuid.uuid4().hex}
        while True:
            answer = self.call("POST", path, headers=headers, **what)
            if answer is not None and answer.ok:
                return answer.json()
            if self.over.wait(0.3):
                return None

    def call(self, method: str, path: str, **what: Any) -> requests.Response | None:
        answer = None
        with suppress(requests.RequestException):
            answer = requests.request(method, self.site.url + path, timeout=60, **what)
        self.calls[status(answer)] += 1
        if answer is not None and answer.status_code not in {200, 201, 202, 503}:
            self.faults.append(f"{path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def browse(self) -> None:
        """Open one page after the other, as a browser asks for them."""
        for path in itertools.cycle(PAGES):
            if self.over.wait(0.2):
                return
            self.look(path)

    def look(self, path: str) -> None:
        began, answer = time.monotonic(), None
        with suppress(requests.RequestException):
            answer = self.browser.get(
                self.site.url + path,
                headers={"Accept": "text/html"},
                allow_redirects=False,
                timeout=60,
            )
        said = status(answer)
        self.pages[said] += 1
        took = time.monotonic() - began
        self.longest[said] = max(took, self.longest.get(said, 0))
        if not self.is_calm(answer):
            text = answer.text[:300] if answer is not None else ""
            self.faults.append(f"{path}: {said} {text}")

    @staticmethod
    def is_calm(answer: requests.Response | None) -> bool:
        """Say whether this is the page itself, or one that says to come again."""
        if answer is None:
            return False
        if answer.status_code == 503:
            calm = "Away for a moment" in answer.text
            return calm and bool(answer.headers.get("Retry-After"))
        return answer.status_code == 200


def status(answer: requests.Response | None) -> int | str:
    return "none" if answer is None else answer.status_code
