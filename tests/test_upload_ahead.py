"""What is said of files before they are sent is what happens when they are."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging import pictures
from imaging.models import Image, Order, Role, Team, User
from tests import drawing
from tests.labwork import lab_fixture  # noqa: F401
from tests.stored import an_image

pytestmark = [pytest.mark.django_db]
UPSCALE = {"order": "local:upscale", "local:upscale-scale": "4"}
UPSCALE |= {"local:upscale-format": "same", "local:upscale-quality": "92"}
REFUSED = {
    "words": b"This is no picture.",
    "a GIF": drawing.save(drawing.photo(), "GIF"),
    "nothing": b"",
    "two letters": b"BM",
    "narrow": drawing.save(drawing.photo(60, 200), "PNG"),
    "turned": drawing.save(drawing.photo(40, 90), "JPEG", exif=drawing.exif(6)),
    "huge": drawing.huge_png(30_000, 30_000),
}


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    client = Client()
    client.force_login(bob)
    client.post(reverse("team_switch", args=[studio.pk]))
    return client


def ask(client: Client, *facts: object, **order: str) -> Any:
    form = {**order, "facts": json.dumps(facts)}
    return client.post(reverse("upload_verdicts"), form)


def announced(data: bytes, **facts: object) -> dict[str, object]:
    known = {"name": "a.jpg", "size": len(data), "head": data[:64].hex()}
    return {**known, "frames": 1, "has_alpha": False, "orientation": 1, **facts}


def facts_of(data: bytes, folder: Path) -> dict[str, object]:
    """Describe a file as a browser that reads headers well."""
    path = folder / "picture"
    path.write_bytes(data)
    try:
        seen = pictures.inspect(path)
    except pictures.Refused as refused:
        sides = {} if refused.code == "unknown_format" else sides_of(data)
        return announced(data, **sides)
    return announced(
        data,
        width=seen.stored_width,
        height=seen.stored_height,
        orientation=seen.orientation,
        frames=seen.frames,
        has_alpha=seen.has_alpha,
    )


def sides_of(data: bytes) -> dict[str, int]:
    known = {REFUSED["narrow"]: (60, 200), REFUSED["turned"]: (40, 90)}
    known[REFUSED["huge"]] = (30_000, 30_000)
    width, height = known.get(data, (0, 0))
    return {"width": width, "height": height}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_ahead_is_refused_with_the_same_words(
    client: Client, name: str, tmp_path: Path
) -> None:
    data = REFUSED[name]
    [said] = ask(client, facts_of(data, tmp_path)).json()["files"]
    path = tmp_path / "picture"
    with pytest.raises(pictures.Refused) as caught:
        pictures.inspect(path)
    assert said == {
        "refused": {"code": caught.value.code, "message": caught.value.message}
    }


def test_too_many_bytes_are_refused_without_being_sent(client: Client) -> None:
    big = announced(drawing.jpeg(), size=pictures.MAX_BYTES + 1, width=640, height=480)
    [said] = ask(client, big).json()["files"]
    assert said["refused"]["code"] == "too_many_bytes"
    assert "100.1 MB or more; at most 100 MB" in said["refused"]["message"]


@pytest.mark.parametrize("scale", ["2", "4"])
@pytest.mark.parametrize("size", [(640, 480), (3000, 2000), (4000, 3000)])
def test_the_verdict_and_the_estimate_are_those_of_the_stored_picture(
    client: Client, studio: Team, size: tuple[int, int], scale: str
) -> None:
    data = drawing.jpeg(64, 64)
    width, height = size
    facts = announced(data, width=height, height=width, orientation=6)
    order = {**UPSCALE, "local:upscale-scale": scale}
    [said] = ask(client, facts, **order).json()["files"]
    image = an_image(studio, data, width=width, height=height)
    begun = Order.of(studio, "local", "upscale", {"scale": scale})
    verdict, cost = begun.verdict(image), begun.estimate(image)
    assert (said["state"], said["reason"]) == (verdict.state, verdict.reason)
    assert math.isclose(said["seconds"], cost.seconds)
    assert (said["cost"], said["unit"]) == (cost.cost, cost.unit)
    [chip] = said["chips"]
    assert chip["state"] == verdict.state
    if verdict.blocked:
        assert (verdict.limit in chip["text"], verdict.measured in chip["text"]) == (
            True,
            True,
        )


def test_there_is_a_chip_for_each_provider(client: Client, lab: object) -> None:
    facts = announced(drawing.jpeg(), width=5_000, height=100)
    [said] = ask(client, facts, **UPSCALE).json()["files"]
    assert said["chips"] == [
        {"state": "ok", "text": "This computer"},
        {"state": "blocked", "text": "Laboratory: 5000 px, limit 4000 px"},
    ]
    [said] = ask(client, facts, order="").json()["files"]
    assert [chip["state"] for chip in said["chips"]] == ["ok", "blocked"]
    assert "seconds" not in said


def test_wrong_options_are_named_and_the_rest_is_said_all_the_same(
    client: Client,
) -> None:
    facts = announced(drawing.jpeg(), width=640, height=480)
    said = ask(client, facts, **{**UPSCALE, "local:upscale-scale": "99"}).json()
    assert said["problem"] == "Please look at the options again."
    assert said["files"][0]["chips"][0]["state"] == "ok"


def test_a_header_that_tells_nothing_is_no_refusal(client: Client) -> None:
    [said] = ask(client, announced(drawing.jpeg()), **UPSCALE).json()["files"]
    assert said == {"chips": []}


@pytest.mark.parametrize(
    "facts",
    [
        "",
        "[",
        "[" * 200_000,
        "{}",
        "[1]",
        '[{"head": "zz"}]',
        '[{"head": "", "size": -1}]',
        '[{"head": "", "size": 1.5}]',
        '[{"head": "", "size": true}]',
        '[{"head": "", "size": 1e400}]',
        json.dumps([announced(b"x")] * 1001),
    ],
)
def test_rubbish_is_answered_with_a_sentence(client: Client, facts: str) -> None:
    answer = client.post(reverse("upload_verdicts"), {"facts": facts})
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("digests", ["", "[", "[" * 200_000, "{}", str(["x"] * 1001)])
def test_no_list_of_digests_is_answered_with_a_sentence(
    client: Client, digests: str
) -> None:
    answer = client.post(reverse("upload_known"), {"digests": digests})
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_thousand_files_cost_few_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    many = [announced(drawing.jpeg(), width=640, height=480)] * 1_000
    with django_assert_max_num_queries(12):
        assert len(ask(client, *many, **UPSCALE).json()["files"]) == 1_000
    digests = json.dumps([f"{number:064x}" for number in range(1_000)])
    with django_assert_max_num_queries(12):
        answer = client.post(reverse("upload_known"), {"digests": digests})
    assert answer.json() == {"known": {}}


@pytest.mark.both
def test_digests_match_only_what_the_person_may_use_in_this_team(
    client: Client, studio: Team, alice: User, bob: User, charlie: User
) -> None:
    own = bob.own_teams()
    elsewhere = an_image(next(one for one in own if one != studio), b"elsewhere")
    foreign = an_image(charlie.own_teams()[0], b"foreign")
    here = an_image(studio, b"here", "here.jpg")
    digests = [one.blob.digest for one in (elsewhere, foreign, here)]
    form = {"digests": json.dumps([*digests, "rubbish", 7])}
    found = client.post(reverse("upload_known"), form).json()["known"]
    assert list(found) == [here.blob.digest]
    said = found[here.blob.digest]
    assert (said["id"], said["name"]) == (str(here.pk), "here.jpg")
    assert said["url"] == reverse("image", args=[here.pk])
    studio.memberships.filter(user=bob).update(role=Role.CONTRIBUTOR)
    assert client.post(reverse("upload_known"), form).json() == {"known": {}}
    Image.objects.filter(pk=here.pk).update(owner=bob)
    assert client.post(reverse("upload_known"), form).json()["known"]
    Image.objects.filter(pk=here.pk).update(trashed=timezone.now())
    assert client.post(reverse("upload_known"), form).json() == {"known": {}}


def test_the_limit_is_the_operators(client: Client, settings: LazySettings) -> None:
    facts = announced(drawing.jpeg(), width=2_000, height=1_000)
    settings.MAX_MEGAPIXELS = 1
    [said] = ask(client, facts).json()["files"]
    assert "2.0 megapixels (2,000 × 1,000); at most 1" in said["refused"]["message"]
