"""A program written for Haut.AI that calls our server, over the test client."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from imaging import worker
from imaging.models import Task, Team, User
from tests.api.calling import with_token
from tests.drawing import jpeg

HEADERS = {
    "Content-Type": "application/octet-stream",
    "X-Goog-Content-Length-Range": "1,31457280",
}


class Program:
    """One person's program in one company; `made` are the ids on the way."""

    def __init__(self, user: User, team: Team, *scopes: str) -> None:
        self.client, self.team = with_token(user, *scopes), team
        self.dataset = self.subject = ""

    @property
    def company(self) -> str:
        return f"/api/v1/companies/{self.team.pk}"

    @property
    def person(self) -> str:
        return f"{self.company}/datasets/{self.dataset}/subjects/{self.subject}"

    def ask(self, method: str, path: str, body: Any = None) -> HttpResponse:
        """Make one call; below the company unless the path is a whole one."""
        whole = path if path.startswith("/api/") else f"{self.company}/{path}"
        sent = {} if body is None else {"content_type": "application/json"}
        return self.client.generic(
            method, whole, b"" if body is None else dumped(body), **sent
        )

    def settle_in(self, name: str = "user1", **dataset: Any) -> None:
        """Make a dataset and a subject."""
        made = self.ask("POST", "datasets/", {"name": "App", **dataset})
        assert made.status_code == 201, made.text
        self.dataset = made.json()["id"]
        made = self.ask("POST", f"datasets/{self.dataset}/subjects/", {"name": name})
        assert made.status_code == 201, made.text
        self.subject = made.json()["id"]

    def permit(self, **body: Any) -> dict[str, Any]:
        path = f"subjects/{self.subject}/signed_upload_url/"
        made = self.ask("POST", path, body or None)
        assert made.status_code == 201, made.text
        said: dict[str, Any] = made.json()
        return said

    def send(self, data: bytes = b"", **body: Any) -> dict[str, Any]:
        """Ask for an address, and PUT there what is sent."""
        said = self.permit(**body)
        taken = put(said["upload_url"]["url"], data or jpeg())
        assert taken.status_code == 200, taken.text
        return said

    def compute(self, batch: str) -> HttpResponse:
        return self.ask("POST", f"batches/{batch}/compute/")

    def path_of(self, image: dict[str, Any], part: str = "") -> str:
        batch = f"{self.person}/batches/{image['image_batch_id']}"
        return f"{batch}/images/{image['id']}/{part}"


def dumped(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def put(url: str, data: bytes, headers: dict[str, str] | None = None) -> HttpResponse:
    """PUT with these headers and no token, as to an object storage."""
    parts = urlsplit(url)
    sent = dict(HEADERS if headers is None else headers)
    kind = sent.pop("Content-Type", "text/plain")
    return Client().put(
        f"{parts.path}?{parts.query}", data, kind, headers=sent, CONTENT_TYPE=kind
    )


def work() -> None:
    """Do what waits for the engine."""
    for task in Task.objects.open():
        worker.submit(str(task.pk))


def code(answer: HttpResponse) -> tuple[int, str, str | None]:
    """Return the status, the code and the field of an error."""
    [error] = answer.json()["errors"]
    return answer.status_code, error["code"], error["attr"]
