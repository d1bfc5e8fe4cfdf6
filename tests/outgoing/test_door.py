"""The door: who is called, who gets the credentials, where redirects lead."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from imaging.failures import ProviderError
from imaging.outgoing.door import Door
from tests.providers.playing import Playing, answer, redirect

SECRET = {"Authorization": "Bearer SECRET"}


@pytest.fixture(autouse=True)
def strict(settings: Settings) -> None:
    settings.OUTGOING_ALLOW, settings.OUTGOING_ALLOW_PRIVATE = [], False


@pytest.fixture
def private(strict: None, settings: Settings) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = True


@pytest.fixture
def vendor() -> Iterator[Playing]:
    with Playing() as vendor:
        vendor.on("GET /", answer({}))
        yield vendor


@pytest.fixture
def storage() -> Iterator[Playing]:
    with Playing() as storage:
        storage.on("GET /file", answer(b"bytes"))
        yield storage


def code(door: Door, url: str, method: str = "GET") -> str:
    with pytest.raises(ProviderError) as caught:
        door.request(method, url)
    return caught.value.code


def test_inward_addresses_and_plain_http_are_refused(vendor: Playing) -> None:
    for url in (vendor.url, vendor.url.replace("http:", "https:")):
        assert code(Door(url), "/") == "forbidden_address"
    for url in ("https://10.0.0.1/", "https://[::1]/", "file:///etc/passwd", "x://y"):
        assert code(Door("https://vendor.example"), url) == "forbidden_address"
    assert vendor.connections == 0


def test_a_name_that_points_inward_is_refused(vendor: Playing) -> None:
    door = Door(
        f"https://vendor.example:{vendor.port}", resolve=lambda *_: ["127.0.0.1"]
    )
    assert code(door, "/") == "forbidden_address"
    assert vendor.connections == 0


def test_an_odd_port_is_called_only_as_the_base() -> None:
    door = Door("https://vendor.example:8443", resolve=lambda *_: ["10.0.0.1"])
    with pytest.raises(ProviderError, match=r"10\.0\.0\.1 is not a public"):
        door.request("GET", "/")
    with pytest.raises(ProviderError, match="odd port 8444"):
        door.request("GET", "https://vendor.example:8444/")


def test_exceptions_hold_only_for_the_address_that_the_operator_set(
    vendor: Playing, storage: Playing, settings: Settings
) -> None:
    settings.OUTGOING_ALLOW = [
        f"127.0.0.1:{vendor.port}",
        f"127.0.0.1:{storage.port}",
    ]
    assert Door(vendor.url, operator_set=True).request("GET", "/").ok
    assert code(Door(vendor.url), "/") == "forbidden_address"
    door = Door(vendor.url, operator_set=True)
    assert code(door, f"{storage.url}/file") == "forbidden_address"
    vendor.on("GET /", redirect(f"{storage.url}/file"))
    assert code(door, "/") == "forbidden_address"
    assert storage.connections == 0


@pytest.mark.usefixtures("private")
def test_credentials_go_to_the_base_alone(vendor: Playing, storage: Playing) -> None:
    vendor.on("GET /to", redirect(f"{storage.url}/file"))
    door = Door(vendor.url, headers=SECRET)
    door.request("GET", "/", headers={"X-More": "1"})
    door.request("GET", f"{storage.url}/file")
    door.request("GET", "/to", headers={"X-Key": "SECRET"})
    assert vendor.heard[0].headers["authorization"] == "Bearer SECRET"
    assert vendor.heard[0].headers["x-more"] == "1"
    assert "SECRET" not in str(storage.heard)


@pytest.mark.usefixtures("private")
def test_redirects_on_the_same_host_keep_the_credentials(vendor: Playing) -> None:
    vendor.on("GET /to", redirect("there?now=1", 307))
    vendor.on("GET /there", answer({}))
    assert Door(vendor.url, headers=SECRET).request("GET", "/to").ok
    assert vendor.heard[1].target == "/there?now=1"
    assert vendor.heard[1].headers["authorization"] == "Bearer SECRET"


@pytest.mark.usefixtures("private")
def test_redirects_end_after_three_and_never_begin_for_a_post(vendor: Playing) -> None:
    vendor.on("GET /round", redirect("/round"))
    vendor.on("POST /round", redirect("/round", 307))
    door = Door(vendor.url)
    assert code(door, "/round") == "bad_answer"
    assert vendor.count("GET /round") == 4
    assert door.request("POST", "/round").status == 307
    assert vendor.count("POST /round") == 1


@pytest.mark.usefixtures("private")
@pytest.mark.parametrize(
    "to",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "http://0.0.0.0/", "//["],
)
def test_a_redirect_to_a_forbidden_address_is_not_followed(
    vendor: Playing, to: str
) -> None:
    vendor.on("GET /", redirect(to))
    assert code(Door(vendor.url), "/") == "forbidden_address"
