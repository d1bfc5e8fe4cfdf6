"""A program that uses the site's API, and asks again until it is answered."""

import hashlib
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any

import requests

from tests.application import PASSWORD
from tests.drawing import jpeg
from tests.faults.site import LIMIT, PERSON, Site
from tests.services import eventually
from tests.visiting import Visitor

numbers = count(1_000)


class Program:
    """Sends one picture, drawn for it alone, and orders work on it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.name = f"{uuid.uuid4()}.jpg"
        self.body = jpeg(320, 240, seed=next(numbers))
        self.digest = hashlib.sha256(self.body).hexdigest()
        self.visitor: Visitor | None = None

    def later(self, act: Callable[..., Any], *args: Any) -> Future[Any]:
        """Begin to do something, whatever happens to the site meanwhile."""
        pool = ThreadPoolExecutor(1)
        begun = pool.submit(act, *args)
        pool.shutdown(wait=False)
        return begun

    def ask(self, method: str, path: str, **how: Any) -> requests.Response:
        """Ask until there is an answer that is no fault of the site's."""
        url = path if path.startswith("http") else self.site.site.url + path
        keys = {"Authorization": f"Bearer {self.site.token}"}
        # One key however often it is sent: it is one and the same call.
        keys |= {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}

        def answers() -> list[requests.Response]:
            self.site.revive()
            try:
                reply = requests.request(
                    method, url, headers=keys, timeout=LIMIT, **how
                )
            except (requests.ConnectionError, requests.Timeout):
                return []
            return [reply] if reply.status_code < 500 else []

        return eventually(f"{method} {path} is answered", answers, LIMIT)[0]

    def said(self, method: str, path: str, **how: Any) -> Any:
        reply = self.ask(method, path, **how)
        assert reply.ok, f"{reply.status_code} {reply.text[:500]}"
        return reply.json() if reply.content else None

    def upload(self) -> str:
        """Send the picture whole; return its id."""
        file = {"file": (self.name, self.body)}
        return str(self.said("POST", "/api/v1/images", files=file)["id"])

    def send_parts(self) -> str:
        """Send the picture in parts, as large ones are; return its id."""
        what = {"name": self.name, "size": len(self.body), "sha256": self.digest}
        begun = self.said("POST", "/api/v1/uploads", json=what)
        (part,) = begun["parts"]
        reply = self.ask("PUT", part["url"], data=self.body)
        assert reply.ok, reply.text
        return str(self.said("POST", begun["complete_url"])["id"])

    def order(self, images: list[str], **options: Any) -> dict[str, Any]:
        """Have pictures developed; return the batch."""
        what = {"provider": "lab", "operation": "develop", "images": images}
        wanted = {**what, "options": {"seconds": 0.3, **options}}
        return dict(self.said("POST", "/api/v1/batches", json=wanted))

    def convert(self, images: list[str]) -> dict[str, Any]:
        """Have pictures converted here; return the batch."""
        what = {"provider": "local", "operation": "convert", "images": images}
        wanted = {**what, "options": {"format": "png"}}
        return dict(self.said("POST", "/api/v1/batches", json=wanted))

    def trash(self, image: str) -> None:
        """Sign in, so that it can be taken back or deleted, and throw it away."""
        self.visitor = Visitor(self.site.site)
        eventually("the person has signed in", self.sign_in, LIMIT)
        self.said("DELETE", f"/api/v1/images/{image}")

    def sign_in(self) -> bool:
        assert self.visitor
        self.visitor.page = ""
        form = {"login": PERSON, "password": PASSWORD}
        return self.visitor.fill_in("/accounts/login/", **form).status_code == 302

    def empty_trash(self) -> None:
        """Press the button until there is nothing left to press."""
        visitor = self.visitor
        assert visitor

        def emptied() -> bool:
            self.site.revive()
            try:
                visitor.visit("/trash/")
                form = {"csrfmiddlewaretoken": visitor.token, "all": "1"}
                url = f"{self.site.site.url}/trash/delete/"
                reply = visitor.post(url, form, allow_redirects=False, timeout=LIMIT)
            except (requests.ConnectionError, requests.Timeout):
                return False
            return reply.status_code == 302

        eventually("the trash is emptied", emptied, LIMIT)

    def has(self, image: str) -> None:
        """See that what was acknowledged is there, to the byte, and once."""
        reply = self.ask("GET", f"/api/v1/images/{image}/download")
        assert reply.content == self.body
        assert self.site.call("named", self.name) == [image]
