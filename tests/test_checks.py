"""What is refused before anything starts: two answers to one address, ways round."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.core.checks import Error
from django.urls import URLPattern, URLResolver, include, path, re_path

from imaging import checks

ID = "<uuid:pk>"


def a_room(*routes: str, before: str = "") -> URLResolver:
    def view(request: Any) -> None: ...

    made: list[URLPattern | URLResolver] = [
        re_path(one, view) if one[:1] == "^" else path(one, view)  # type: ignore[type-var]
        for one in routes
    ]
    return path(before, include((made, "room")))


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("api/v1/balance", "api/v1/balance", "api/v1/balance"),
        ("api/v1/<str:what>", "api/v1/balance", "api/v1/balance"),
        ("api/v1/balance", "api/v1/<what>", "api/v1/balance"),
        ("a/<str:x>/info", "a/list/<str:y>", "a/list/info"),
        ("a/<int:x>", "a/<str:y>", "a/7"),
        (f"a/{ID}/b", "a/<str:y>/b", f"a/{checks.ID}/b"),
        ("a/<path:rest>", "a/b/c/d", "a/b/c/d"),
        ("^a/(?:b|c)/", "a/c/d", "a/c/d"),
    ],
)
def test_an_address_that_two_rooms_answer_is_found(
    one: str, other: str, both: str
) -> None:
    assert checks.common(a_room("z", one), a_room(other, "y")) == both


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("api/v1/balance", "api/v1/balances"),
        ("api/v1/balance", "api/v1/balance/"),
        ("a/<int:x>", f"a/{ID}"),
        ("a/<int:x>", "a/list"),
        ("a/<str:x>/b", "a/<str:x>/c"),
        ("^a/(?:b|c)/", "a/d/e"),
    ],
)
def test_addresses_that_only_look_alike_are_none(one: str, other: str) -> None:
    assert not checks.common(a_room("z", one), a_room(other, "y"))


def test_where_a_room_lies_counts() -> None:
    inner = a_room("<str:what>", before="api/")
    assert checks.common(inner, a_room("api/limits")) == "api/limits"
    assert not checks.common(inner, a_room("limits"))


def test_every_address_of_ours_is_answered_once() -> None:
    assert checks.answered_once() == []


def test_the_error_names_both_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class Root:
        url_patterns = (a_room("a/b", before="x/"), a_room("x/a/<str:c>"))

    monkeypatch.setattr(checks, "get_resolver", Root)
    [found] = checks.answered_once()
    assert isinstance(found, Error)
    assert "/x/a/b" in found.msg
    assert "PROVIDERS_PATH" in str(found.hint)


@pytest.mark.parametrize(
    "url",
    [
        "https://photos.example",
        "https://PHOTOS.example:443/",
        "http://localhost:8000",
        "http://[::1]:8000",
        "https://www.photos.example",
    ],
)
def test_an_operators_account_that_leads_here_is_an_error(
    url: str, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.BASE_URL = "https://photos.example"
    settings.ALLOWED_HOSTS, settings.PORT = [".photos.example"], 8000
    monkeypatch.setenv("KOKOON_URL", url)
    [found] = checks.no_rounds()
    assert isinstance(found, Error)
    assert f"KOKOON_URL={url}" in found.msg
    assert "Take KOKOON_URL out" in str(found.hint)


@pytest.mark.parametrize(
    "url", ["", "https://photos.example:8443", "http://localhost:8001", "nonsense"]
)
def test_any_other_account_is_none(
    url: str, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.BASE_URL = "https://photos.example"
    settings.PORT = 8000
    monkeypatch.setenv("KOKOON_URL", url)
    assert checks.no_rounds() == []


def test_other_values_of_an_account_may_be_ways_back_too(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.PORT = 8000
    value = "http://127.0.0.1:8000/api/v1/balance"
    monkeypatch.setenv("RETOUCH4ME_BALANCE_URL", value)
    assert [one.id for one in checks.no_rounds()] == ["imaging.E002"]
