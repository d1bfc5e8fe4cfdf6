"""An account at Haut.AI played, for tests of its client alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from imaging.providers.accounts import Account
from tests.providers.haut.played import COMPANY, EMAIL, PASSWORD, TOKEN, Played

KEYS = {"token": TOKEN, "company": COMPANY}
LOGIN = {"email": EMAIL, "password": PASSWORD}


@pytest.fixture(name="haut")
def haut_fixture(settings: Settings, db: None) -> Iterator[Played]:
    settings.OUTGOING_ALLOW_PRIVATE = True
    with Played() as vendor:
        yield vendor


def account(vendor: Played, values: dict[str, Any] | None = None) -> Account:
    return Account("haut:test", vendor.url, values or KEYS)
