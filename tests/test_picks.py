"""Guests' picks as the team sees them: looked at, exported, worked on."""

import csv
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from imaging.models import Batch, Gallery, Image, Notice, PickList, ShareLink, User
from tests.lab import Lab
from tests.labwork import lab_fixture as lab_fixture
from tests.sharing import a_photograph, change
from tests.sharing import image as image
from tests.sharing import link as link
from tests.test_recipes import DEVELOP
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def sent(link: ShareLink, image: Image) -> PickList:
    change(link, picks=True, name="For Anna")
    found = PickList.objects.obtain(link, "anna")
    assert found
    found.mark(image.pk, picked=True)
    found.send("Anna", "In colour, please")
    return found


def page(found: PickList) -> str:
    return reverse("picks", args=[found.link.gallery_id])


def test_the_team_sees_who_picked_what_and_is_told(
    sent: PickList, image: Image, bob: User, charlie: User
) -> None:
    other = PickList.objects.obtain(sent.link, "other")
    assert other
    other.mark(image.pk, picked=True)
    text = of(bob).get(page(sent)).text
    for said in ("Anna", "In colour, please", "For Anna", str(image.pk)):
        assert said in text
    assert "1 guest is choosing" in text
    assert text.count("<section") == 1
    assert of(charlie).get(page(sent)).status_code == 404
    told = Notice.objects.get(about="picks.sent")
    assert told.path == f"{page(sent)}?list={sent.pk}"
    assert "Anna" in of(bob).get(told.path).text
    sent.mark(image.pk, picked=False)
    assert "changed since" in of(bob).get(page(sent)).text


def test_of_a_private_gallery_others_see_no_picks(
    sent: PickList, alice: User, bob: User
) -> None:
    Gallery.objects.update(visibility="private")
    addresses = [
        page(sent),
        reverse("picks_download", args=[sent.pk, "txt"]),
        f"{reverse('process')}?picks={sent.pk}",
    ]
    for one in addresses:
        assert of(bob).get(one).status_code == 404
        assert of(alice).get(one).status_code == 200


def test_names_are_exported_to_paste_and_as_a_table(
    sent: PickList, image: Image, alice: User
) -> None:
    result = a_photograph(image.team, 900, 600)
    Image.objects.filter(pk=result.pk).update(parent=image, name="=2+3.jpg")
    sent.link.gallery.add([result.pk], alice)
    sent.mark(result.pk, picked=True)

    def asked(form: str) -> Any:
        return of(alice).get(reverse("picks_download", args=[sent.pk, form]))

    assert asked("txt").text == "DSC_0001 Anna"
    rows = list(csv.reader(asked("csv").text.removeprefix("\ufeff").splitlines()))
    assert [row[:4] for row in rows[1:]] == [
        ["1", "DSC_0001 Anna.jpg", "DSC_0001 Anna.jpg", "Anna"],
        ["2", "'=2+3.jpg", "DSC_0001 Anna.jpg", "Anna"],
    ]
    assert "attachment" in asked("csv")["Content-Disposition"]
    assert asked("exe").status_code == 404


def test_picks_are_processed_and_their_gallery_is_remembered(
    lab: Lab, sent: PickList, image: Image, bob: User, charlie: User
) -> None:
    client = of(bob, sent.link.team)
    gallery = sent.link.gallery
    asked = f"{reverse('process')}?picks={sent.pk}&gallery={gallery.pk}"
    assert asked.replace("&", "&amp;") in client.get(page(sent)).text
    text = client.get(asked).text
    assert f'name="gallery" value="{gallery.pk}"' in text
    assert f'value="{image.pk}" checked' in text
    elsewhere = Gallery.objects.create(
        team=charlie.own_teams()[0], owner=charlie, name="Elsewhere"
    )
    form = {"image": image.pk, **DEVELOP}
    for named in (gallery.pk, elsewhere.pk, "none"):
        answer = client.post(reverse("process"), {**form, "gallery": named})
        assert answer.status_code == 302
    found = Batch.objects.order_by("created").values_list("gallery", flat=True)
    assert list(found) == [gallery.pk, None, None]


def test_many_lists_take_few_queries(
    sent: PickList, image: Image, bob: User, django_assert_max_num_queries: Any
) -> None:
    for n in range(22):
        more = PickList.objects.obtain(sent.link, str(n))
        assert more
        more.mark(image.pk, picked=True)
        more.send(f"Guest {n}", "")
    client = of(bob)
    with django_assert_max_num_queries(12, connection=connection):
        text = client.get(page(sent)).text
    assert text.count("<section") == 20
    assert f"?after={PickList.objects.get(name='Guest 2').pk}" in text
