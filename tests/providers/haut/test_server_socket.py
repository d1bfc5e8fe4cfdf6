"""Haut.AI served over real sockets: the printed requests, and our own client."""

import http.client
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from imaging.failures import ProviderError
from imaging.providers.accounts import Account
from imaging.providers.haut import wire
from imaging.providers.haut.api import Api
from imaging.providers.haut.paths import Where
from tests.application import PASSWORD, Application
from tests.drawing import jpeg

EMAIL = "haut-program@example.com"
MOST = 31_457_280
NULL: Any = None


@dataclass
class Served:
    """The running site, as a program of Haut.AI knows it."""

    site: Application
    token: str
    company: str
    dataset: str = ""

    def say(self, head: str, body: bytes = b"") -> tuple[int, bytes, Any]:
        """Send these very bytes, and return status, body and headers."""
        parts = urlsplit(self.site.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        connection.connect()
        words = {"HOST": parts.netloc, "T": self.token, "c": self.company}
        for name, value in words.items():
            head = head.replace("{" + name + "}", value)
        sent = head.strip().replace("\n", "\r\n") + "\r\n\r\n"
        connection.send(sent.encode() + body)
        answer = http.client.HTTPResponse(connection.sock)
        answer.begin()
        said = answer.read()
        connection.close()
        return answer.status, said, answer.headers

    def ask(self, line: str, body: bytes = b"") -> tuple[int, Any]:
        """Make one printed call with its bearer, and return what it answers."""
        head = f"{line} HTTP/1.1\nHost: {{HOST}}\nAuthorization: Bearer {{T}}"
        if body:
            head += f"\nContent-Type: application/json\nContent-Length: {len(body)}"
        elif not line.startswith("GET"):
            head += "\nContent-Length: 0"
        status, said, headers = self.say(head, body)
        assert status == 204 or headers["Content-Type"] == "application/json"
        return status, json.loads(said) if said else None

    def account(self) -> Account:
        values = {"token": self.token, "company": self.company}
        return Account("haut:served", self.site.url, values)


@pytest.fixture(scope="session")
def served(server: Application) -> Iterator[Served]:
    server.add_person(EMAIL)
    body = json.dumps({"username": EMAIL, "password": PASSWORD}).encode()
    one = Served(server, "", "")
    head = "POST /api/v1/auth/login/ HTTP/1.1\nHost: {HOST}\n"
    head += f"Content-Type: application/json\nContent-Length: {len(body)}"
    status, said, _headers = one.say(head, body)
    assert status == 200, said
    tokens = json.loads(said)
    one.token, one.company = tokens["access_token"], tokens["company_id"]
    made = one.ask("POST /api/v1/companies/{c}/datasets/", b'{"name": "App"}')
    one.dataset = made[1]["id"]
    yield one


def put(served: Served, upload: dict[str, Any], data: bytes, *leave: str) -> Any:
    """Run the printed `curl -X PUT … --upload-file`, without some of its headers."""
    parts = urlsplit(upload["url"])
    lines = [
        f"PUT {parts.path}?{parts.query} HTTP/1.1",
        "Host: {HOST}",
        "User-Agent: curl/8.5.0",
        "Accept: */*",
        "Content-Type: application/octet-stream",
        "X-Goog-Content-Length-Range: 1,31457280",
        f"Content-Length: {len(data)}",
    ]
    kept = [one for one in lines if not one.startswith(leave)] if leave else lines
    status, said, _headers = served.say("\n".join(kept), data)
    return status, re.findall(rb"<Code>(\w+)</Code>", said)


def test_the_printed_flow_gives_the_documented_answers(served: Served) -> None:
    subjects = f"/api/v1/companies/{{c}}/datasets/{served.dataset}/subjects/"
    status, subject = served.ask(f"POST {subjects}", b'{"name":"user1"}')
    assert (status, subject) == (
        201,
        {
            "id": subject["id"],
            "name": "user1",
            "birth_date": None,
            "biological_sex": None,
            "meta": None,
            "author_id": subject["author_id"],
            "creation_time": subject["creation_time"],
            "company": {"id": served.company, "name": subject["company"]["name"]},
            "dataset": {"id": served.dataset, "name": "App"},
            "promote_image_id": None,
        },
    )
    s = subject["id"]
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", subject["creation_time"]
    )
    status, image = served.ask(
        f"POST /api/v1/companies/{{c}}/subjects/{s}/signed_upload_url/"
    )
    assert status == 201
    i, b = str(uuid.UUID(image["id"])), str(uuid.UUID(image["image_batch_id"]))
    upload = image["upload_url"]
    assert upload["method"] == "PUT"
    assert upload["headers"] == {
        "Content-Type": "application/octet-stream",
        "X-Goog-Content-Length-Range": "1,31457280",
    }
    assert put(served, upload, jpeg()) == (200, [])
    compute = f"POST /api/v1/companies/{{c}}/batches/{b}/compute/"
    assert served.ask(compute) == (204, None)
    one = f"{subjects}{s}/batches/{b}/images/{i}/"
    rows = wait_for(lambda: served.ask(f"GET {one}results/")[1])
    assert {row["image_id"] for row in rows} == {i}
    assert rows[0].keys() == {
        "id",
        "result",
        "is_ok",
        "image_id",
        "algorithm_version_id",
        "algorithm_family_tech_name",
        "creation_time",
        "application_id",
        "application_run_id",
        "application_name",
        "application_description",
        "image_type",
    }
    status, page = served.ask(f"GET {subjects}{s}/images/")
    [listed] = page["results"]
    assert (status, page["count"], page["next"], page["previous"]) == (
        200,
        1,
        NULL,
        NULL,
    )
    assert (listed["id"], listed["image_batch_id"]) == (i, b)
    assert served.ask(f"DELETE {one}") == (204, None)
    gone = {"code": "not_found", "detail": "Not found.", "attr": None}
    for again in ("GET", "DELETE"):
        assert served.ask(f"{again} {one}") == (
            404,
            {"type": "client_error", "errors": [gone]},
        )


def wait_for(look: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Poll as a client does, until there is something; no limit minds the pace."""
    until = time.monotonic() + 120
    while not (rows := look()):
        assert time.monotonic() < until, "nothing was computed"
        time.sleep(0.2)
    return rows


def test_only_the_bytes_and_headers_that_were_signed_are_taken(served: Served) -> None:
    subjects = f"/api/v1/companies/{{c}}/datasets/{served.dataset}/subjects/"
    _status, subject = served.ask(f"POST {subjects}", b'{"name":"edges"}')
    path = f"/api/v1/companies/{{c}}/subjects/{subject['id']}/signed_upload_url"
    _status, image = served.ask(f"POST {path}")
    upload = image["upload_url"]
    for left_out in ("Content-Type", "X-Goog"):
        refused = put(served, upload, b"x", left_out)
        assert refused == (403, [b"SignatureDoesNotMatch"]), left_out
    assert put(served, upload, b"") == (400, [b"EntityTooSmall"])
    assert put(served, upload, bytes(MOST + 1)) == (400, [b"EntityTooLarge"])
    batch = f"/api/v1/companies/{{c}}/batches/{image['image_batch_id']}/compute"
    status, said = served.ask(f"POST {batch}")
    assert (status, said["errors"][0]["code"]) == (400, "image_not_uploaded")
    assert put(served, upload, bytes(MOST)) == (200, [])
    assert put(served, upload, b"x") == (200, [])
    altered = {"url": upload["url"].replace("X-Expires=", "X-Expires=1")}
    assert put(served, altered, b"x") == (403, [b"SignatureDoesNotMatch"])


def test_our_client_is_served(
    served: Served, settings: Settings, db: None, tmp_path: Path
) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = True
    api = Api(served.account())
    assert [one["tech_name"] for one in api.image_types()] == ["selfie"]
    dataset = api.create_dataset("Ours", 1)
    api.attach(dataset, "face_skin_metrics_2.0")
    assert api.dataset(dataset)["connected_applications"]
    assert dataset in [one["id"] for one in api.datasets()]
    subject = api.create_subject(dataset, "somebody")
    assert [one["id"] for one in api.subjects(dataset, q="somebody")] == [subject]
    where = Where(served.company, dataset, subject)
    assert api.change_subject(where, meta={"a": 1})["meta"] == {"a": 1}
    made = api.signed_upload(where, wire.dump_image("key-1", "left"))
    at = Where(served.company, dataset, subject, made["batch"])
    with pytest.raises(ProviderError) as failure:
        api.compute(at)
    assert failure.value.code == "image_not_uploaded"
    path = tmp_path / "face.jpg"
    path.write_bytes(jpeg())
    api.send(wire.read_upload(made["upload"]), path)
    api.compute(at)
    api.compute(at)
    assert api.image(at, made["id"])["side_tech_name"] == "left"
    assert [one["id"] for one in api.batch_images(at)] == [made["id"]]
    assert [one["id"] for one in api.subject_images(at, q="key-1")] == [made["id"]]
    assert made["batch"] in [one["id"] for one in api.batches(at)]
    rows = wait_for(lambda: api.results(at, made["id"]))
    assert {row["result"]["error"] for row in rows} == {"No face detected"}
    assert api.auxiliaries(at, made["id"]) == []
    api.delete_photos(at)
    api.clear_metadata(at)
    api.delete_image(at, made["id"])
    api.delete_batch(at)
    empty = api.create_batch(at)
    api.delete_batch(Where(served.company, dataset, subject, empty))
    api.delete_subjects(dataset, [subject])
    with pytest.raises(ProviderError) as failure:
        api.image(at, made["id"])
    assert failure.value.code == "not_found"
