"""Who guesses: ten thousand tries over real sockets open nothing, and tell nothing."""

from __future__ import annotations

import ast
import http.client
import math
import random
import re
import secrets
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from imaging.models import Gallery, ShareLink, Team, User
from imaging.models.fields import new_token
from imaging.models.shares import LENGTH, LETTERS
from imaging.views import guests
from tests.application import PASSWORD
from tests.delivery_site import Site, serving
from tests.permissions.calls import VARYING
from tests.services import ROOT
from tests.visiting import LOGIN, of

pytestmark = pytest.mark.prove
GUESSES, LINES = 10_000, 16
RIGHT = "open sesame"
GUESSER, GUEST = "127.0.0.1", "127.0.0.9"
ALPHABET = string.ascii_letters + string.digits + "-_"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


class Line:
    """One connection from one address, opened again where the server has closed it."""

    def __init__(self, site: Site, source: str) -> None:
        self.site, self.source = site, source
        self.open = self.connect()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            "127.0.0.1", self.site.port, timeout=120, source_address=(self.source, 0)
        )

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Any:
        for _turn in range(2):
            try:
                self.open.request(method, path, body or None, headers)
                answer = self.open.getresponse()
                answer.read()
                return answer
            except (http.client.HTTPException, ConnectionError):
                self.open = self.connect()
        raise AssertionError("The server closed the connection twice.")


def altered(token: str, dice: random.Random) -> str:
    """Change one character, or end after some: what is nearly right."""
    place = dice.randrange(len(token))
    if dice.random() < 0.2:
        return token[:place] or "a"
    one = dice.choice([letter for letter in ALPHABET if letter != token[place]])
    return token[:place] + one + token[place + 1 :]


def guesses(token: str, image: str) -> dict[str, Callable[[random.Random], Any]]:
    """Return what is guessed: name -> a new guess, as arguments of `Line.ask`."""

    def made_up(dice: random.Random) -> str:
        long = dice.choice([LENGTH, LENGTH, 43, 1, 200])
        return "".join(dice.choices(ALPHABET, k=long))

    def near(dice: random.Random) -> str:
        return altered(token, dice)

    def cookie(dice: random.Random) -> dict[str, str]:
        return {"Cookie": f"guest={made_up(dice)}; sessionid={made_up(dice)}"}

    return {
        "tokens of links": lambda dice: ("GET", f"/s/{made_up(dice)}"),
        "tokens almost right": lambda dice: ("GET", f"/s/{near(dice)}"),
        "pictures of links": lambda dice: ("GET", f"/s/{near(dice)}/{image}/download"),
        "tokens of programs": lambda dice: (
            "GET",
            "/api/v1/me",
            "",
            {"Authorization": f"Bearer dr_{made_up(dice)}"},
        ),
        "signed addresses": lambda dice: ("GET", f"/signed/{made_up(dice)}/a.jpg"),
        "addresses to put to": lambda dice: ("PUT", f"/presigned/{made_up(dice)}"),
        "invitations": lambda dice: ("GET", f"/invitations/{made_up(dice)}/"),
        "first accounts": lambda dice: ("GET", f"/setup/{made_up(dice)}/"),
        "sessions": lambda dice: ("GET", f"/images/{image}/original", "", cookie(dice)),
    }


def test_ten_thousand_guesses_open_nothing(
    site: Site, proved: Callable[[str], None]
) -> None:
    address, _link = site.call("shared", None)
    _, _, token, image, _ = address.split("/")
    kinds = guesses(token, image)

    def work(number: int) -> Counter[tuple[str, int]]:
        dice, line = random.Random(number), Line(site, GUESSER)  # noqa: S311
        seen: Counter[tuple[str, int]] = Counter()
        for turn in range(GUESSES // LINES):
            kind = list(kinds)[turn % len(kinds)]
            method, path, *more = kinds[kind](dice)
            body, headers = (*more, "", {})[:2] if more else ("", {})
            seen[kind, line.ask(method, path, body, **headers).status] += 1
        return seen

    with ThreadPoolExecutor(LINES) as pool:
        seen = sum(pool.map(work, range(LINES)), Counter())
    assert seen.total() == GUESSES
    opened = {one: n for one, n in seen.items() if one[1] < 300 or one[1] >= 500}
    assert not opened
    # To say nothing of another, who holds the address.
    assert Line(site, GUEST).ask("GET", f"/s/{token}").status == 200
    refused = Counter(status for _kind, status in seen.elements())
    proved(
        f"{GUESSES:,} guesses of {len(kinds)} kinds of tokens on {LINES} connections: "
        f"none opened anything ({dict(sorted(refused.items()))})."
    )


def test_who_guesses_a_password_waits_alone(
    site: Site, proved: Callable[[str], None]
) -> None:
    address, _link = site.call("shared", None, RIGHT)
    path = address.partition("/download")[0].rpartition("/")[0]

    def tries(line: Line, password: str) -> int:
        page = line.ask("GET", path)
        cookie = str(page.headers["Set-Cookie"]).partition(";")[0]
        token = cookie.partition("=")[2]
        form = urlencode({"password": password, "csrfmiddlewaretoken": token})
        return int(line.ask("POST", path, form, Cookie=cookie, **FORM).status)

    def guess(number: int) -> list[int]:
        line = Line(site, GUESSER)
        return [tries(line, f"{number}-{n}") for n in range(20)]

    with ThreadPoolExecutor(LINES) as pool:
        running = [pool.submit(guess, number) for number in range(LINES)]
        guest = [tries(Line(site, GUEST), RIGHT) for _ in range(30)]
        said = Counter(one for work in running for one in work.result())
    assert set(guest) == {302}
    # Two processes may each count a try that the other had begun with.
    assert set(said) == {422, 429}
    assert said[422] <= guests.TRIES
    assert tries(Line(site, GUESSER), RIGHT) == 429
    proved(
        f"{said.total()} guesses of a link's password from one source: {said[422]} "
        f"looked at, {said[429]} told to wait; a guest came in {len(guest)} times."
    )


def test_tokens_are_long_and_even(proved: Callable[[str], None]) -> None:
    bits = LENGTH * math.log2(len(LETTERS))
    assert bits >= 128
    many = [new_token() for _ in range(5_000)]
    assert len(set(many)) == len(many)
    assert min(map(len, many)) * 6 >= 256
    proved(f"Tokens: {bits:.0f} bits for a share link, 256 for all others.")


def test_what_is_secret_is_compared_in_constant_time() -> None:
    """By construction: a digest looks it up, or `compare_digest` compares it."""
    secret = re.compile("token|secret|signature|password|proof|bond", re.IGNORECASE)
    # A sentence of a vendor's, and what the doctor has just put into the cache.
    plain = {"said == wire.TOKEN_ISSUE", "cache.get('doctor:probe') == token"}
    found = {
        ast.unparse(node)
        for path in (ROOT / "imaging").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops)
        and not any(isinstance(one, ast.Constant) for one in node.comparators)
        and secret.search(ast.unparse(node))
        # What a request names its fields is no secret.
        and "X-Signature" not in ast.unparse(node)
    }
    assert found == plain


class Counting(PBKDF2PasswordHasher):
    """The hasher of real sites, which says how often it has worked."""

    iterations = 200_000
    worked = 0

    def encode(self, *args: Any, **named: Any) -> str:
        Counting.worked += 1
        return super().encode(*args, **named)


def interleaved(calls: dict[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """Return the median of each call in microseconds; they take turns."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for _turn in range(turns):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            took[name].append(time.perf_counter() - began)
    return {name: median(values) * 1e6 for name, values in took.items()}


@pytest.mark.django_db
def test_signing_in_tells_not_who_is_known(
    settings: LazySettings, client: Client, proved: Callable[[str], None]
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    settings.ACCOUNT_RATE_LIMITS = False
    User.objects.create_user("alice@example.com", PASSWORD)
    said, work = {}, {}

    def sign_in(email: str) -> None:
        before = Counting.worked
        answer = client.post(LOGIN, {"login": email, "password": "a wrong one"})
        assert answer.status_code == 200
        work.setdefault(email[:5], set()).add(Counting.worked - before)
        said[email[:5]] = re.sub(rf'{VARYING}|value="[^"]*"', "", answer.text)

    medians = interleaved(
        {
            "known": lambda: sign_in("alice@example.com"),
            "unknown": lambda: sign_in(f"nobody{secrets.token_hex(4)}@example.com"),
        },
        30,
    )
    assert work["alice"] == work["nobod"]
    assert said["alice"] == said["nobod"]
    known, unknown = (medians[one] / 1000 for one in ("known", "unknown"))
    proved(
        f"Signing in with a wrong password: the same page and work for a known address "
        f"({known:.0f} ms) and an unknown one ({unknown:.0f} ms), medians of 30."
    )


@pytest.mark.django_db
def test_no_token_tells_how_much_of_it_is_right(
    studio: Team, alice: User, proved: Callable[[str], None]
) -> None:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    token = ShareLink.objects.make(gallery, alice).token
    other = "".join(one for one in LETTERS if one != token[0])[:LENGTH]
    asked = {"right but for its end": token[:-1] + "-", "all wrong": other}
    medians = interleaved(
        {
            name: lambda one=one: ShareLink.objects.by_token(one)  # type: ignore[misc]
            for name, one in asked.items()
        },
        2_000,
    )
    told = ", ".join(f"{name} {value:.0f} µs" for name, value in medians.items())
    proved(f"A share link's token, looked up by its digest: {told} (medians of 2,000).")
    client = of(alice)
    assert client.get(f"/s/{asked['right but for its end']}").status_code == 404
