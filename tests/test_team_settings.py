"""A team's settings: the rule of what is kept, who is offered first, its face."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image as Pillow

from imaging.models import AuditEvent, Branding, Gallery, Image, ShareLink, Team, User
from imaging.views.offers import offers
from tests import drawing
from tests.labwork import a_picture
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PAGE = "/team/settings/"


def send(who: User, action: str, team: Team, /, **sent: object) -> tuple[int, str]:
    answer = of(who).post(reverse(action, args=[team.pk]), sent, follow=True)
    return answer.status_code, " ".join(answer.text.split())


def file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", data)


def face(team: Team) -> Branding:
    return Branding.objects.of(team)


def test_only_owners_see_and_change_the_settings(studio: Team, bob: User) -> None:
    assert of(bob, studio).get(PAGE).status_code == 403
    for name in ("team_set", "team_preferred_set", "branding_set"):
        assert send(bob, name, studio, name="Mine")[0] == 404
    studio.refresh_from_db()
    assert studio.name == "Studio"


def test_what_is_kept_counts_for_new_pictures_alone(studio: Team, alice: User) -> None:
    old = a_picture(studio)
    assert studio.take_bytes(5)
    said = send(alice, "team_set", studio, name="Atelier", retention_days=30)[1]
    assert "The settings are saved" in said
    assert "1 picture stays until somebody deletes it." in said
    assert "0 pictures have a day on which they are deleted" in said
    studio.refresh_from_db()
    assert (studio.name, studio.retention_days) == ("Atelier", 30)
    assert studio.bytes_used >= 5
    new = Image.objects.add(old.blob, owner=alice, name="new.jpg")
    old.refresh_from_db()
    assert old.expires is None
    assert new.expires
    assert (new.expires - timezone.now()).days in {29, 30}
    noted = AuditEvent.objects.get(action="team_changed")
    assert noted.data == {"name": "Atelier", "retention_days": 30}


@pytest.mark.parametrize("days", ["0", "-1", "999999999999", "soon"])
def test_a_number_of_days_that_cannot_be_changes_nothing(
    studio: Team, alice: User, days: str
) -> None:
    status, said = send(alice, "team_set", studio, name="New", retention_days=days)
    assert status == 422
    assert 'aria-invalid="true"' in said
    studio.refresh_from_db()
    assert (studio.name, studio.retention_days) == ("Studio", None)


def test_whom_a_team_prefers_is_offered_first(studio: Team, alice: User) -> None:
    plain = [offer.value for offer in offers(studio, recipes=False)]
    shared = [one for one in plain if one.endswith(":upscale")]
    assert len(shared) > 1
    last = shared[-1].partition(":")[0]
    studio.accounts.create(provider=last, sealed='{"token": "x"}')
    assert (
        send(alice, "team_preferred_set", studio, **{"first-upscale": last})[0] == 200
    )
    studio.refresh_from_db()
    assert studio.preferred == {"upscale": last}
    now = [offer.value for offer in offers(studio, recipes=False)]
    assert sorted(now) == sorted(plain)
    assert [one for one in now if one.endswith(":upscale")][0] == shared[-1]
    assert now.index(shared[-1]) == plain.index(shared[0])
    refused = send(alice, "team_preferred_set", studio, **{"first-upscale": "nobody"})
    assert refused[0] == 422


def test_a_logo_becomes_a_small_png_of_its_pixels_alone(
    studio: Team, alice: User
) -> None:
    large = drawing.jpeg(2000, 900, comment=b"secret words", exif=drawing.exif(6))
    send(alice, "branding_set", studio, name="Light & Co", picture=file(large))
    data = bytes(face(studio).logo or b"")
    with Pillow.open(io.BytesIO(data)) as made:
        made.load()
        assert (made.format, made.size) == ("PNG", (72, 160))
        assert not set(made.info) - {"srgb"}
    assert b"secret" not in data
    assert of(alice).get(reverse("team_logo", args=[studio.pk])).content == data
    assert str(face(studio)) == "Light & Co"
    send(alice, "branding_set", studio, name="", bare="on")
    assert face(studio).logo is None
    assert str(face(studio)) == "Studio"


@pytest.mark.parametrize("data", [b"<svg onload='x'/>", b"", drawing.jpeg(30, 30)])
def test_what_is_no_logo_is_refused_and_the_old_one_stays(
    studio: Team, alice: User, data: bytes
) -> None:
    Branding.objects.create(team=studio, logo=b"old", logo_digest="a")
    assert send(alice, "branding_set", studio, picture=file(data))[0] == 422
    assert bytes(face(studio).logo or b"") == b"old"


@pytest.mark.parametrize("accent", ["red", "#12345", "#12345g", "#fff;}*{x:y}"])
def test_a_colour_is_a_colour(studio: Team, alice: User, accent: str) -> None:
    assert send(alice, "branding_set", studio, accent=accent)[0] == 422
    assert face(studio).accent == ""


def test_guests_see_the_face_until_the_link_is_over(studio: Team, alice: User) -> None:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    link = ShareLink.objects.make(gallery, alice, password="tulip")
    Branding.objects.create(
        team=studio, name="Light & Co", accent="#ffcc00", logo=b"x", logo_digest="a"
    )
    paths = [reverse(one, args=[link.named]) for one in ("share_logo", "share_accent")]
    page = Client().get(reverse("share", args=[link.named])).text
    assert "Light &amp; Co" in page
    assert all(path in page for path in paths)
    answers = [Client().get(path) for path in paths]
    assert [one["Content-Type"][:9] for one in answers] == ["image/png", "text/css;"]
    assert "--accent:light-dark(" in answers[1].text
    seen = {"If-None-Match": answers[0]["ETag"]}
    assert Client(headers=seen).get(paths[0]).status_code == 304
    link.revoke()
    assert {Client(headers=seen).get(path).status_code for path in paths} == {410}
    gone = Client().get(reverse("share", args=[link.named])).text
    assert not any(path in gone for path in paths)
