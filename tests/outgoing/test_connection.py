"""Connections: pinned to what was checked, verified by name, shared with care."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing import connection
from imaging.outgoing.address import read_url, resolve
from imaging.outgoing.connection import Line, Pool, Route, Trip
from imaging.outgoing.door import Door
from tests.providers.certificates import Authority
from tests.providers.playing import HANG_UP, Playing, answer


@pytest.fixture(autouse=True)
def private(settings: Settings) -> None:
    settings.OUTGOING_ALLOW_PRIVATE = True


@pytest.fixture
def vendor() -> Iterator[Playing]:
    with Playing() as vendor:
        vendor.on("GET /", answer({"who": "vendor"}))
        vendor.on("POST /", answer({"who": "vendor"}))
        yield vendor


def test_a_name_that_moves_after_the_check_leads_nowhere_else(vendor: Playing) -> None:
    with Playing("127.0.0.2", vendor.port) as elsewhere:
        elsewhere.on("GET /", answer({"who": "elsewhere"}))
        asked = []

        def rebinding(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        door = Door(f"http://moves.example:{vendor.port}", resolve=rebinding)
        assert door.request("GET", "/").json() == {"who": "vendor"}
        assert asked == ["moves.example"]
        assert elsewhere.connections == 0


def test_the_next_address_is_tried_when_the_first_is_closed(vendor: Playing) -> None:
    door = Door(
        f"http://two.example:{vendor.port}",
        resolve=lambda *_: ["127.0.0.3", "127.0.0.1"],
    )
    assert door.request("GET", "/").ok


def test_tls_verifies_the_name_while_the_address_is_pinned(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Playing(tls=authority.server("vendor.example")) as vendor:
        vendor.on("GET /", answer({}))

        def door(host: str, ca: str | None) -> Door:
            url = f"https://{host}:{vendor.port}"
            return Door(url, resolve=lambda *_: ["127.0.0.1"], ca=ca)

        assert door("vendor.example", authority.ca).request("GET", "/").ok
        assert vendor.server_names == ["vendor.example"]
        for host, ca in [("other.example", authority.ca), ("vendor.example", None)]:
            with pytest.raises(
                ProviderError, match="does not prove its name"
            ) as caught:
                door(host, ca).request("POST", "/")
            assert caught.value.code == "unreachable"
        assert vendor.count() == 1


def test_proxies_and_netrc_of_the_environment_are_ignored(
    vendor: Playing, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Playing() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        assert Door(vendor.url).request("GET", "/").ok
        assert proxy.connections == 0
    assert "authorization" not in vendor.heard[0].headers


def test_requests_share_a_connection(vendor: Playing) -> None:
    for _ in range(5):
        Door(vendor.url).request("GET", "/")
    assert vendor.connections == 1


def test_a_connection_given_up_by_the_other_side_is_replaced(vendor: Playing) -> None:
    vendor.on("GET /", [answer({}), HANG_UP], answer({}))
    door = Door(vendor.url)
    assert door.request("GET", "/").ok
    assert door.request("GET", "/").ok


def test_an_idle_connection_that_breaks_is_tried_once_more(vendor: Playing) -> None:
    vendor.on("GET /", answer({}), [HANG_UP], answer({}))
    door = Door(vendor.url)
    door.request("GET", "/")
    assert door.request("GET", "/").ok
    assert vendor.count() == 3


def test_a_call_that_must_not_be_made_twice_gets_a_fresh_connection(
    vendor: Playing,
) -> None:
    vendor.on("POST /", [HANG_UP])
    door = Door(vendor.url)
    door.request("GET", "/")
    with pytest.raises(OutcomeUnknown):
        door.request("POST", "/")
    assert (vendor.connections, vendor.count("POST /")) == (2, 1)


def test_a_forked_child_leaves_its_parents_connections_alone(vendor: Playing) -> None:
    door = Door(vendor.url)
    door.request("GET", "/")
    if (child := os.fork()) == 0:
        os._exit(bool(connection.pool._idle))
    assert os.waitpid(child, 0)[1] == 0
    assert door.request("GET", "/").ok
    assert vendor.connections == 1


def test_connections_that_nobody_uses_are_closed(vendor: Playing) -> None:
    now = [0.0]
    pool = Pool(clock=lambda: now[0])
    old, new = (connected(vendor) for _ in range(2))
    pool.give(old)
    now[0] = connection.IDLE + 1
    pool.give(new)
    assert old.is_closed
    assert not new.is_closed


def connected(vendor: Playing) -> Line:
    line = Route(read_url(vendor.url)[0], True, resolve).line()
    line.ask(Trip(30, (30, 30)), "GET", "/", {}, None).read()
    return line


def test_nothing_listening_is_unreachable_and_not_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ProviderError, match="Connection refused") as caught:
        Door(f"http://127.0.0.1:{port}").request("POST", "/")
    assert not isinstance(caught.value, OutcomeUnknown)
    assert (caught.value.code, caught.value.permanent) == ("unreachable", False)
