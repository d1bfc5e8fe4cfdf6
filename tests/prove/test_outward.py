"""Addresses that lead inward, at every place where a stranger's address comes in."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from imaging import providers
from imaging.background.notifying import NOT_CALLED, attempt
from imaging.failures import ProviderError
from imaging.forms.accounts import check
from imaging.forms.webhooks import WebhookForm
from imaging.models import ApiToken, Team, User, Webhook, WebhookDelivery
from imaging.outgoing.address import resolve
from imaging.outgoing.door import Door
from imaging.providers.accounts import Account
from imaging.providers.haut.api import Api
from imaging.providers.haut.wire import Upload
from imaging.providers.kokoon.calls import Calls as Kokoon
from imaging.providers.naver.calls import Calls as Naver
from imaging.providers.naver.wire import Address
from imaging.providers.retouch4me.calls import Calls as Retouch4me
from imaging.targets import bracketed
from tests.drawing import jpeg
from tests.outgoing.test_address import AMBIGUOUS, INWARD, NEVER
from tests.providers.playing import Playing, answer, redirect

pytestmark = [pytest.mark.prove, pytest.mark.django_db]
GOOD = "https://93.184.216.34"
# Beside those of tests/outgoing: the same few places in yet other clothes.
MORE = """
https://[::ffff:7f00:1]/ https://[0:0:0:0:0:ffff:169.254.169.254]/ https://[::7f00:1]/
https://[::ffff:0:7f00:1]/ https://[2002:a9fe:a9fe::]/ https://[2002:7f00:1::1]/
https://[2001:0:7f00:1::]/ https://[64:ff9b::127.0.0.1]/ https://[64:ff9b::0a00:1]/
https://[64:ff9b:1::a9fe:a9fe]/ https://[fe80::1%25lo]/ https://[::1%25lo]/
https://①②⑦.⓪.⓪.①/ https://127。0。0。1/ https://１６９.254.169.254/ https://⑯⑨.254.169.254/
https://0/ https://0x0/ https://0x7f.0.0.1/ https://017700000001/ https://127.0.1/
https://00000177.1/ https://4294967295/ https://0xa9fea9fe/ https://2852039166/
https://localhost/ https://LOCALHOST/ https://localhost:443/ https://localhost./
https://93.184.216.34@127.0.0.1/ https://127.0.0.1@93.184.216.34/ https://:@127.0.0.1/
https://93.184.216.34\\@127.0.0.1/ https://127.0.0.1#@93.184.216.34/
https://127.0.0.1?@93.184.216.34/ https://93.184.216.34%40127.0.0.1/
http://93.184.216.34/ http://localhost/ http://127.0.0.1:8000/ https://127.0.0.1:22/
https://93.184.216.34:6379@127.0.0.1:6379/ file:///etc/passwd gopher://127.0.0.1:6379/
dict://127.0.0.1:11211/ unix:///run/docker.sock data:text/plain,a ldap://127.0.0.1/
"""
TRICKS = [
    *(f"https://{bracketed(one)}/" for one in f"{INWARD} {NEVER}".split()),
    # Without a scheme it is a path of the base, and as such harmless.
    *(one for one in AMBIGUOUS.split() if "://" in one),
    *MORE.split(),
]


class Ears:
    """Hears which addresses this process connects to."""

    def __init__(self) -> None:
        self.listening, self.heard = False, list[Any]()
        sys.addaudithook(self.hear)

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self.listening and event in {"socket.connect", "socket.sendto"}:
            self.heard.append(args[1])


EARS = Ears()


@pytest.fixture(autouse=True)
def ears(settings: Settings) -> Iterator[Ears]:
    settings.OUTGOING_ALLOW, settings.OUTGOING_ALLOW_PRIVATE = [], False
    EARS.heard.clear()
    EARS.listening = True
    yield EARS
    EARS.listening = False


@pytest.fixture
def vendor(settings: Settings) -> Iterator[Playing]:
    """A vendor at an address of our own network that the operator allows."""
    with Playing() as vendor:
        settings.OUTGOING_ALLOW = [f"127.0.0.1:{vendor.port}"]
        yield vendor


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(80, 64))
    return path


def refused(call: Callable[[], object]) -> str:
    """Return the code of what a call is refused with."""
    with pytest.raises(ProviderError) as caught:
        call()
    return caught.value.code


def entered(key: str, url: str) -> Account:
    provider = providers.get(key)
    values = {one.name: "secret" for one in provider.credentials if one.required}
    return Account(f"{key}:test", url, values)


# What of ours calls an address that came from outside: (address, a picture) -> calls.
PLACES: dict[str, Callable[[str, Path], object]] = {
    "the address of an account": lambda url, _: Door(url).request("GET", "/"),
    "an address in an answer": lambda url, _: Door(GOOD).request("GET", url),
    "an address to put a file": lambda url, file: Door(GOOD).request(
        "PUT", url, data=file.read_bytes()
    ),
    "an address of a result": lambda url, file: Door(GOOD).download(
        url, file.with_name("result"), max_bytes=99
    ),
    "Kokoon's result": lambda url, file: Kokoon(entered("kokoon", GOOD)).fetch(
        url, file.with_name("result"), 99
    ),
    "Naver's upload": lambda url, file: Naver(entered("naver", GOOD)).put(
        Address("a", url, 60), file, "image/jpeg"
    ),
    "Haut.AI's upload": lambda url, file: Api(entered("haut", GOOD)).send(
        Upload(url), file
    ),
    "Retouch4me's balance": lambda url, _: Retouch4me(
        entered("retouch4me", GOOD)
    )._old_balance(url),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_address_from_outside_leads_inward(
    place: str, ears: Ears, file: Path, proved: Callable[[str], None]
) -> None:
    for url in TRICKS:
        code = refused(lambda at=url: PLACES[place](at, file))  # type: ignore[misc]
        assert code == "forbidden_address", f"{url}: {code}"
    assert ears.heard == []
    proved(f"{len(TRICKS)} addresses as {place}: refused, no connection tried.")


ENTERED = [one.key for one in providers.providers() if one.credentials]


@pytest.mark.parametrize("key", ENTERED)
def test_no_account_leads_inward(key: str, ears: Ears) -> None:
    for url in TRICKS:
        code = refused(lambda at=url: providers.get(key).inquire(entered(key, at)))  # type: ignore[misc]
        assert code == "forbidden_address", f"{url}: {code}"
        if "localhost" not in url.lower():
            assert refused(lambda at=url: check(at))  # type: ignore[misc]
    assert ears.heard == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "download"])
def test_no_redirect_leads_inward(
    vendor: Playing, method: str, ears: Ears, file: Path
) -> None:
    door = Door(vendor.url, headers={"Authorization": "SECRET"}, operator_set=True)
    for number, url in enumerate(TRICKS):
        path = f"/{number}"
        vendor.on(f"{'GET' if method == 'download' else method} {path}", redirect(url))
        if method == "download":
            code = refused(lambda at=path: door.download(at, file, max_bytes=9))  # type: ignore[misc]
        else:
            code = refused(lambda at=path: door.request(method, at))  # type: ignore[misc]
        assert code == "forbidden_address", f"{url}: {code}"
    assert {one[:2] for one in ears.heard} == {("127.0.0.1", vendor.port)}


def test_no_webhook_and_no_hook_leads_inward(
    studio: Team, alice: User, ears: Ears
) -> None:
    webhook = Webhook.objects.begin(studio, GOOD, ["image.stored"], alice)
    assert webhook
    row = webhook.tell("image.stored", {})
    for url in TRICKS:
        webhook.url = row.webhook.url = url
        found = attempt(row)
        assert (found.status, found.said) == (None, NOT_CALLED), url
        hook = WebhookDelivery(url=url, body="{}")
        assert attempt(hook).said == NOT_CALLED, url
        row.refresh_from_db()
    assert ears.heard == []


def test_what_is_entered_by_hand_is_refused_at_once(
    studio: Team, alice: User, client: Any, ears: Ears
) -> None:
    token = ApiToken.objects.issue(alice)[1]
    events = ["image.stored"]
    named = [one for one in TRICKS if "localhost" in one.lower()]
    for url in [one for one in TRICKS if one not in named]:
        assert not WebhookForm({"url": url, "events": events}).is_valid(), url
        said = client.post(
            "/api/v1/webhooks",
            {"url": url, "events": events},
            content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )
        assert said.status_code == 422, f"{url}: {said.status_code}"
    assert not Webhook.objects.exists()
    assert ears.heard == []


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["10.0.0.1", "93.184.216.34"],
        ["93.184.216.34", "10.0.0.1"],
        ["93.184.216.34", "169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1", "93.184.216.34"],
        ["fe80::1%lo"],
        ["0.0.0.0"],  # noqa: S104
    ],
)
def test_no_name_leads_inward_not_even_with_one_of_its_addresses(
    found: list[str], ears: Ears
) -> None:
    for url in ("https://name.example/", "https://name.example:443/"):
        door = Door(url, resolve=lambda *_: found)
        assert refused(lambda at=door: at.request("GET", "/")) == "forbidden_address"  # type: ignore[misc]
    assert ears.heard == []
    assert "127.0.0.1" in resolve("localhost", 443)


def test_a_name_is_asked_for_once_and_what_it_said_is_kept(
    settings: Settings, ears: Ears
) -> None:
    """Each call goes where it was checked, though the name leads inward next."""
    settings.OUTGOING_ALLOW_PRIVATE = True
    asked = list[str]()

    def moving(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) % 2 else ["169.254.169.254"]

    with Playing() as vendor:
        vendor.on("GET /", answer({}))
        for turn in range(20):
            door = Door(f"http://m{turn}.example:{vendor.port}", resolve=moving)
            if turn % 2 == 0:
                assert door.request("GET", "/").ok
            else:
                assert refused(lambda at=door: at.request("GET", "/")) == (  # type: ignore[misc]
                    "forbidden_address"
                )
        port = vendor.port
    assert len(asked) == 20
    assert {one[:2] for one in ears.heard} == {("127.0.0.1", port)}


def test_the_ears_hear(ears: Ears) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        assert ears.heard == [server.getsockname()]
