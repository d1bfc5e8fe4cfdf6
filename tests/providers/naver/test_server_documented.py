"""Our own Naver over a real socket: the documented requests, byte by byte, and ours.

The answers are compared with the documented ones field by field: name, order, type.
"""

import json
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from imaging.failures import ProviderError
from imaging.models import Image, Team, User
from imaging.providers.accounts import Account
from imaging.providers.base import Job
from imaging.providers.naver.calls import Calls
from imaging.providers.naver.client import Client
from tests import drawing
from tests.lookalikes import empty_index, keep  # noqa: F401
from tests.providers.naver.played import Played
from tests.providers.naver.signing import Program, signature
from tests.providers.naver.test_client import a_job, a_ticket, outcome
from tests.providers.vendor import golden

pytestmark = [pytest.mark.django_db, pytest.mark.both]
HEADERS = """\
{line} HTTP/1.1
Host: {host}
x-ncp-apigw-timestamp: {stamp}
x-ncp-iam-access-key: {access}
x-ncp-apigw-signature-v2: {signature}
Content-Type: application/json
Connection: close
Content-Length: {length}

"""
COMPLETE = b"""{
  "assetKey": "images/.../query_image.jpg"
}"""


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice)


def send(server: LiveServer, program: Program, line: str, body: bytes = b"") -> bytes:
    """Send a request as it is printed, signed; return the body of the answer."""
    stamp, pair = str(int(time.time() * 1000)), program.token
    address = urlsplit(server.url)
    head = HEADERS.format(
        line=line,
        host=address.netloc,
        stamp=stamp,
        access=pair.access_key,
        signature=signature(pair.secret_key, line, stamp, pair.access_key),
        length=len(body),
    )
    with socket.create_connection((address.hostname, address.port), 30) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode() + body)
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    status, _, said = answer.partition(b"\r\n\r\n")
    assert status.startswith(b"HTTP/1.1 200 OK"), answer
    assert b"content-type: application/json" in status.lower()
    return said


def printed(name: str) -> bytes:
    return golden(f"naver/{name}.http").partition(b"\r\n\r\n")[2]


def shape(said: Any) -> Any:
    """Return names in their order, and types instead of values."""
    if isinstance(said, dict):
        return [(name, shape(value)) for name, value in said.items()]
    if isinstance(said, list):
        return [shape(said[0])] if said else []
    return type(said).__name__


def alike(said: bytes, name: str) -> dict[str, Any]:
    answer = json.loads(said)
    assert shape(answer) == shape(json.loads(printed(name)))
    return dict(answer["result"])


def test_the_printed_request_is_answered_as_printed(
    live_server: LiveServer, program: Program
) -> None:
    line = "POST /api/v1/query-assets/uploads/complete"
    early = send(live_server, program, line, COMPLETE)
    assert json.loads(early) == json.loads(printed("absent"))
    key = program.sent("query_image.jpg", drawing.jpeg())
    words = b"images/.../query_image.jpg", key.encode()
    said = send(live_server, program, line, COMPLETE.replace(*words))
    documented = json.loads(printed("completed").replace(*words))
    assert list(json.loads(said).items()) == list(documented.items())
    alike(said, "completed")
    for name, data in (
        ("over-size", drawing.jpeg() + bytes(6 * 2**20)),
        ("resolution", drawing.jpeg(223, 223)),
    ):
        words = words[0], program.sent("query_image.jpg", data).encode()
        said = send(live_server, program, line, COMPLETE.replace(*words))
        assert json.loads(said) == json.loads(printed(name).replace(*words))


def test_every_call_of_the_way_to_a_search_is_answered_as_documented(
    live_server: LiveServer, program: Program, studio: Team, tmp_path: Path
) -> None:
    keep(studio, drawing.photo(), tmp_path)
    asked = b'{"assetType":"IMAGE","assetFileName":"query_image.heic"}'
    line = "POST /api/v1/query-assets/uploads/presigned-url"
    issued = alike(send(live_server, program, line, asked), "address")
    assert issued["expirationSeconds"] == 900
    assert issued["presignedUploadUrl"].startswith(live_server.url)
    made = b'{"workspaceName":"my-workspace","bucketName":"my-bucket"}'
    send(live_server, program, "POST /api/v1/workspaces", made)
    line = "GET /api/v1/workspaces?pageNum=3&pageSize=1"
    listed = alike(send(live_server, program, line), "workspaces")
    assert listed["content"][0]["workspaceName"] == "my-workspace"
    alike(
        send(live_server, program, "GET /api/v1/workspaces/my-workspace"), "workspace"
    )
    key = program.complete(program.sent("a.jpg", drawing.jpeg()))[0]
    query = b'{"query":{"imageQuery":"%s"}}' % key.encode()
    where = "/api/v1/workspaces/studio/assets/search"
    begun = alike(send(live_server, program, f"POST {where}", query), "search")
    line = f"GET {where}/{begun['searchId']}?pageSize=50&pageNum=1"
    found = alike(send(live_server, program, line), "found")
    assert (found["status"], found["totalCount"]) == ("COMPLETED", 1)


@pytest.fixture
def account(live_server: LiveServer, program: Program, settings: Settings) -> Account:
    settings.OUTGOING_ALLOW_PRIVATE = True
    values = {
        "access_key": program.token.access_key,
        "secret_key": program.token.secret_key,
        "workspace": "studio",
    }
    return Account("naver:ours", live_server.url, values)


def a_job_for(account: Account, folder: Path, data: bytes, **more: Any) -> Job:
    """Make a job as for the played vendor, and give it to ours."""
    with Played() as nobody:
        job = a_job(nobody, folder, data, **more)
    return Job(**{**vars(job), "account": account})


def test_our_client_is_served(
    account: Account, program: Program, studio: Team, tmp_path: Path
) -> None:
    image = keep(studio, drawing.photo(320, 240), tmp_path)
    facts: dict[str, Any] = {"form": "heic", "size": (320, 240)}
    job = a_job_for(account, tmp_path, drawing.heic(320, 240), **facts)
    ticket = a_ticket()
    key = outcome(job, ticket)["key"]
    assert (ticket["key"][-5:], key[-4:]) == (".heic", ".jpg")
    job = a_job_for(
        account, tmp_path, drawing.jpeg(320, 240), size=(320, 240), operation="search"
    )
    found = outcome(job, a_ticket())
    assert (found["total"], found["matches"][0]["score"] > 0.9) == (1, True)
    assert Image.objects.exclude(pk=image.pk).count() == 2


def test_our_client_understands_our_refusals(
    account: Account, program: Program, studio: Team
) -> None:
    assert Client().inquire(account) == {"workspaces": ["studio"], "analyses": 0}
    for change, code in (
        ({"workspace": "other"}, "workspace"),
        ({"secret_key": "another"}, "keys"),
    ):
        values = {**account.values, **change}
        with pytest.raises(ProviderError) as caught:
            Client().inquire(Account("naver:ours", account.url, values))
        assert caught.value.code == code
    assert caught.value.permanent
    address = Calls(account).presign("a.jpg")
    assert (address.seconds, address.key.rpartition("/")[2]) == (900, "a.jpg")
