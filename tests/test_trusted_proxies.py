"""Behind a proxy: whose word about the client counts, and whose does not."""

import ipaddress

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from imaging.middleware import TrustedProxyMiddleware, client_address

PROXIES = ["10.0.0.0/8", "fd00::/8"]


@pytest.fixture
def proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network(item) for item in PROXIES]
    settings.ALLOWED_HOSTS = ["photos.example", "testserver"]


def seen(peer: str, **headers: str) -> HttpRequest:
    """Return the request as the views would see it."""
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **headers)
    TrustedProxyMiddleware(lambda _: HttpResponse())(request)
    return request


FORWARDED = {
    "HTTP_X_FORWARDED_FOR": "203.0.113.9",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "photos.example",
}


def test_a_trusted_proxy_is_believed(proxies: None) -> None:
    request = seen("10.1.2.3", **FORWARDED)
    assert request.META["REMOTE_ADDR"] == "203.0.113.9"
    assert request.build_absolute_uri("/") == "https://photos.example/"


def test_anybody_else_is_not(proxies: None) -> None:
    request = seen("192.0.2.1", **FORWARDED)
    assert request.META["REMOTE_ADDR"] == "192.0.2.1"
    assert request.build_absolute_uri("/") == "http://testserver/"
    assert not [name for name in request.META if "FORWARDED" in name]


def test_nobody_is_believed_without_trusted_proxies() -> None:
    assert seen("127.0.0.1", **FORWARDED).META["REMOTE_ADDR"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "chain", "client"),
    [
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.7, 10.0.0.2", "10.0.0.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, <script>, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.9:49152", "203.0.113.9"),
        ("fd00::1", "[2001:db8::5]:443", "2001:db8::5"),
        ("10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
    ],
)
def test_the_client_is_the_last_that_is_not_ours(
    proxies: None, peer: str, chain: str, client: str
) -> None:
    assert client_address(peer, chain) == client


def test_ipv4_through_an_ipv6_socket_is_ipv4(proxies: None) -> None:
    assert seen("::ffff:192.0.2.1").META["REMOTE_ADDR"] == "192.0.2.1"
    proxy = seen("::ffff:10.0.0.1", **FORWARDED)
    assert proxy.META["REMOTE_ADDR"] == "203.0.113.9"


def test_a_chain_of_schemes_tells_the_clients_own(proxies: None) -> None:
    request = seen("10.0.0.1", HTTP_X_FORWARDED_PROTO="HTTPS, http")
    assert request.is_secure()


def test_plain_http_is_sent_to_https_whatever_a_stranger_claims(
    proxies: None, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client(REMOTE_ADDR="10.0.0.1")
    plain = client.get("/accounts/login/")
    assert plain.status_code == 301
    assert plain["Location"] == "https://testserver/accounts/login/"
    past_proxy = {"HTTP_X_FORWARDED_PROTO": "https"}
    stranger = Client(REMOTE_ADDR="192.0.2.1")
    assert stranger.get("/accounts/login/", **past_proxy).status_code == 301


@pytest.mark.django_db
def test_a_proxy_that_speaks_https_is_served(proxies: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client(REMOTE_ADDR="10.0.0.1").get(
        "/accounts/login/", HTTP_X_FORWARDED_PROTO="https"
    )
    assert answer.status_code == 200
