"""Two Darkrooms: one whole installation behind another, which is its provider."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.application import Application, application

EMAIL = "alice@example.com"


@dataclass(frozen=True)
class Behind:
    """A whole Darkroom that other programs call, and what they show to it."""

    site: Application
    token: str
    access_key: str
    secret_key: str

    @property
    def url(self) -> str:
        return self.site.url

    def get(self, path: str) -> Any:
        """Ask its own API."""
        shown = {"Authorization": f"Bearer {self.token}"}
        answer = requests.get(f"{self.url}/api/v1{path}", headers=shown, timeout=30)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


@contextmanager
def darkroom_behind() -> Iterator[Behind]:
    """Run it while the block does, with the token of its first person."""
    with application(ENGINES="1", WORKERS="2", WEB_CONCURRENCY="1") as site:
        site.add_person(EMAIL)
        token, *pair = site.manage("apitoken", EMAIL).splitlines()
        keys = dict(line.split("=", 1) for line in pair)
        yield Behind(site, token, **keys)


@contextmanager
def in_front_of(
    behind: Behind, provider: str, *names: str, **values: str
) -> Iterator[Application]:
    """Run a Darkroom whose operator has an account with the one behind it.

    `values` are those of the account, as `token`; `names` the processes, by default
    those that work without a browser.
    """
    prefix = provider.upper()
    named = {f"{prefix}_{name.upper()}": value for name, value in values.items()}
    with application(
        *(names or ("worker", "watch")),
        OUTGOING_ALLOW_PRIVATE="1",
        WORKERS="2",
        **{f"{prefix}_URL": behind.url},
        **named,
    ) as site:
        site.add_person(EMAIL)
        yield site
