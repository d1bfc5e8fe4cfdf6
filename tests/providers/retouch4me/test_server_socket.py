"""Retouch4me served by the whole site: the printed requests, and our own client."""

import io
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from imaging.providers.accounts import Account
from imaging.providers.base import Facts, Job, Ticket
from imaging.providers.retouch4me.client import Client
from tests.application import Application
from tests.providers.retouch4me.asking import (
    FLAT,
    FORM,
    LAYERED,
    START,
    Answer,
    ask,
    documented,
    form_of,
    parts,
    shape,
)
from tests.providers.retouch4me.test_server_result import FACE
from tests.services import eventually

# With the database all of them, else they would not come in one row.
pytestmark = pytest.mark.django_db
EMAIL = "retouch4me-program@example.com"
API = "/api/v1"
CLIENT = Client()


@dataclass(frozen=True)
class Served:
    """The running site, as a program of Retouch4me knows it."""

    url: str
    token: str

    def ask(self, head: str, body: bytes = b"", **headers: str) -> Answer:
        return ask(self.url, head, body, **headers)

    def account(self, **values: str) -> Account:
        return Account("served", self.url, {"token": self.token, **values})


@pytest.fixture(scope="module")
def served(server: Application) -> Iterator[Served]:
    server.add_person(EMAIL)
    token = server.manage("apitoken", EMAIL).splitlines()[0]
    yield Served(server.url, token)
    log = server.logs(10_000)
    assert token not in log


def completed(served: Served, id: str) -> Any:
    def find() -> Any:
        answer = served.ask(f"GET {API}/retoucher/status/{id}")
        assert answer.status == 200
        assert shape(answer.said) == shape(documented("active"))
        assert answer.said["state"] in {"waiting", "active", "completed"}
        return answer.said if answer.said["state"] == "completed" else None

    return eventually("it is completed", find, 120)


@pytest.mark.parametrize("late", [False, True])
def test_the_printed_requests_give_the_documented_answers(
    served: Served, late: bool
) -> None:
    limits = served.ask(f"GET {API}/info/limits")
    assert (limits.status, limits.said) == (200, documented("limits"))
    body = b'{"modes": ["professional"]}'
    shown = {"X_Retouch_Token": served.token, "Content_Type": "application/json"}
    balance = served.ask(f"POST {API}/balance", body, **shown)
    assert shape(balance.said) == shape(documented("balance"))
    sent = form_of(parts(served.token, FLAT, late=late))
    begun = served.ask(f"POST {START}", sent, Content_Type=FORM)
    assert shape(begun.said) == shape(documented("started"))
    last = completed(served, begun.said["id"])
    assert (last["progress"], last["currentStep"]) == (100, "uploading")
    got = served.ask(f"GET {API}/retoucher/getFile/{begun.said['id']}")
    assert (got.status, got.headers["content-type"]) == (200, "image/jpeg")
    assert got.body.startswith(b"\xff\xd8\xff")
    head = served.ask(f"HEAD {API}/retoucher/getFile/{begun.said['id']}")
    assert (head.body, int(head.headers["content-length"])) == (b"", len(got.body))


def test_an_archive_is_sent_while_it_is_made(served: Served) -> None:
    sent = form_of(parts("", LAYERED, FACE))
    header = {"X_Retouch_Token": served.token, "Content_Type": FORM}
    begun = served.ask(f"POST {START}", sent, **header)
    completed(served, begun.said["id"])
    path = f"{API}/retoucher/getFile/{begun.said['id']}"
    got, head = served.ask(f"GET {path}"), served.ask(f"HEAD {path}")
    assert got.headers["content-type"] == "binary/octet-stream"
    assert int(head.headers["content-length"]) == len(got.body)
    with zipfile.ZipFile(io.BytesIO(got.body)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[-2:] == [
            "index=2&blendmode=softLight&name=Portrait Volumes.png",
            "result.json",
        ]


def test_errors_have_the_documented_status_and_body(served: Served) -> None:
    post = f"POST {START}"
    assert served.ask(post).error == (400, "No file uploaded")
    empty = form_of([("token", served.token), ("payload", FLAT)])
    said = served.ask(post, empty, Content_Type=FORM)
    assert said.error == (400, "No file uploaded")
    stranger = form_of(parts("wrong"))
    said = served.ask(post, stranger, Content_Type=FORM)
    assert said.error == (460, "Token issue")
    wrong = '{"mode":"professional","tasks":[{"Plugin":"Nope"}]}'
    said = served.ask(post, form_of(parts(served.token, wrong)), Content_Type=FORM)
    assert said.error == (462, "Invalid task: unknown plugin 'Nope'")
    for path in ("status", "getFile"):
        said = served.ask(f"GET {API}/retoucher/{path}/s0me-very-l0ng-1d")
        assert said.error == (404, "File not found")
    assert served.ask(f"GET {START}").error[0] == 405


@pytest.mark.parametrize("token_as", ["field", "header"])
@pytest.mark.parametrize("result", ["flat", "layers"])
def test_our_own_client_is_served(
    served: Served, settings: Settings, tmp_path: Path, result: str, token_as: str
) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = True
    account = served.account(token_as=token_as)
    known = CLIENT.inquire(account)
    assert known["limits"]["max_bytes"] == 100 << 20
    assert known["balance"] > 0
    job, ticket = a_job(account, tmp_path, result), Ticket({}, lambda facts: None)
    CLIENT.submit(job, ticket)
    CLIENT.submit(job, ticket)
    eventually("it is done", lambda: CLIENT.poll(job, ticket).done, 120)
    outputs = CLIENT.fetch(job, ticket)
    kinds = {"flat": ["image"], "layers": ["image", "layer", "layer"]}[result]
    assert [one.kind for one in outputs] == kinds
    if result == "layers":
        assert [one.data["plugin"] for one in outputs[1:]] == ["Heal", "Dodge Burn"]
        assert [one["pluginName"] for one in outputs[0].data["plugins"]]


def a_job(account: Account, folder: Path, result: str) -> Job:
    """Return a job of ours on a face, as a worker would have it."""
    (photo := folder / "photo.jpg").write_bytes(FACE)
    (scratch := folder / "scratch").mkdir()

    @contextmanager
    def source() -> Iterator[Path]:
        yield photo

    operation = CLIENT.operation("retouch")
    form = operation.form({**operation.defaults(), "result": result})
    assert form.is_valid()
    return Job(
        id=str(uuid.uuid4()),
        attempt=1,
        operation="retouch",
        options=form.cleaned_data,
        facts=Facts("photo.jpg", "jpeg", len(FACE), 840, 810),
        scratch=scratch,
        source=source,
        progress=lambda fraction: None,
        account=account,
    )
