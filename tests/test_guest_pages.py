"""What the pages of a gallery tell a guest, and what they keep to themselves."""

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imaging.models import Gallery, Image, ShareLink, Team, User
from tests.sharing import a_photograph, change, of
from tests.sharing import image as image
from tests.sharing import link as link

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def result(link: ShareLink, image: Image, alice: User) -> Image:
    """Hang a result beside its original."""
    made = Image.objects.create(
        team=image.team, blob=image.blob, name="r.jpg", parent=image
    )
    link.gallery.add([made.pk], alice)
    return made


def many(link: ShareLink, image: Image, count: int, user: User) -> None:
    rows = (Image(team=image.team, blob=image.blob, name=str(n)) for n in range(count))
    link.gallery.add([one.pk for one in Image.objects.bulk_create(rows)], user)


def test_a_result_is_compared_with_the_original_that_hangs_beside_it(
    link: ShareLink, image: Image, result: Image, client: Client
) -> None:
    for one, other in ((image, result), (result, image)):
        assert f"?with={other.pk}" in client.get(of(link, one)).text
        text = client.get(of(link, one) + f"?with={other.pk}").text
        shown = re.findall(r"/([0-9a-f-]{36})/1600\" width=\"(\d+)", text)
        assert shown == [(str(image.pk), "1600"), (str(result.pk), "1600")]
        assert text.index("Original") < text.index("Result")


def test_nothing_stands_twice_on_a_page_for_whoever_is_signed_in(
    link: ShareLink, image: Image, result: Image, alice: User, client: Client
) -> None:
    client.force_login(alice)
    for path in (of(link), of(link, image), of(link, image) + f"?with={result.pk}"):
        ids = re.findall(r' id="([^"]+)"', client.get(path).text)
        assert "keys" in ids
        assert len(ids) == len(set(ids))


def test_nothing_is_compared_that_does_not_hang_there_too(
    link: ShareLink, image: Image, result: Image, alice: User, client: Client
) -> None:
    link.gallery.take_out([image.pk])
    for asked in (str(image.pk), str(uuid.uuid4()), "x", "%00"):
        text = client.get(of(link, result) + f"?with={asked}").text
        assert str(image.pk) not in text.replace(f"?with={asked}", "")
        assert "stage-range" not in text
    link.gallery.add([image.pk], alice)
    Image.objects.trash([image.pk], alice)
    answer = client.get(of(link, result) + f"?with={image.pk}")
    assert answer.status_code == 404 or "stage-range" not in answer.text


def test_who_looks_only_is_offered_no_pixel_more_than_the_screen_needs(
    link: ShareLink, image: Image, result: Image, client: Client
) -> None:
    change(link, mode="view")
    pages = [of(link), of(link, image), of(link, image) + f"?with={result.pk}"]
    for page in pages:
        text = client.get(page).text
        assert "/download" not in text
        assert "/zip" not in text
        assert set(re.findall(r"/[0-9a-f-]{36}/(\d+)", text)) <= {"320", "640", "1600"}
    assert client.get(of(link, image, "2100")).status_code == 404


def test_every_page_leads_to_its_neighbours_and_back(
    link: ShareLink, image: Image, alice: User, client: Client
) -> None:
    many(link, image, 130, alice)
    address, seen = of(link), []
    while address:
        text = client.get(address).text
        seen += re.findall(r'id="n(\d+)"', text)
        older = re.search(r'data-older="([^"]+)"', text)
        newer = re.search(r'data-newer="([^"]+)"', text)
        address = of(link) + older[1] if older else ""
    assert seen == [str(n) for n in range(1, 132)]
    assert newer
    assert 'id="n61"' in client.get(of(link) + newer[1]).text
    link.refresh_from_db()
    assert link.opens == 1, "A page further on is no new visit."


def test_a_script_gets_the_grid_alone_and_tiles_by_their_names(
    link: ShareLink, image: Image, studio: Team, alice: User, client: Client
) -> None:
    many(link, image, 5, alice)
    foreign = a_photograph(studio, 900, 600)
    asked = {"image": f"{image.pk},{foreign.pk}"}
    answer = client.get(of(link), asked, headers={"hx-request": "true"})
    assert "<html" not in answer.text
    assert re.findall(r'data-id="([^"]+)"', answer.text) == [str(image.pk)]


def test_the_way_back_leads_to_where_the_picture_hangs(
    link: ShareLink, image: Image, alice: User, client: Client
) -> None:
    many(link, image, 100, alice)
    item = link.shown().get(number=90)
    page = client.get(of(link, item.image))
    assert "90 of 101" in page.text
    back = re.search(r'href="([^"#]+)#n90"', page.text)
    assert back
    assert 'id="n90"' in client.get(back[1]).text


def test_the_chosen_cover_is_shown_only_while_it_hangs_there(
    link: ShareLink, image: Image, studio: Team, client: Client
) -> None:
    other = a_photograph(studio, 900, 600)
    Gallery.objects.filter(pk=link.gallery_id).update(cover=other)
    text = client.get(of(link)).text
    assert str(other.pk) not in text
    assert f"{image.pk}/1600" in text


def test_pages_take_few_queries(
    link: ShareLink, image: Image, result: Image, alice: User, client: Client
) -> None:
    many(link, image, 70, alice)
    change(link, picks=True)
    client.get(of(link))
    client.post(of(link, image, "pick"), {"picked": "yes"})
    pair = of(link, result) + f"?with={image.pk}"
    for page in (of(link), of(link, result), pair):
        with CaptureQueriesContext(connection) as queries:
            text = client.get(page).text
        assert len(queries) <= 12, page
    assert "stage-range" in text


def test_picks_are_shown_to_whoever_has_made_them_alone(
    link: ShareLink, image: Image, client: Client
) -> None:
    change(link, picks=True)
    client.get(of(link))
    client.post(of(link, image, "pick"), {"picked": "yes"})
    for page in (of(link), of(link, image)):
        assert 'aria-pressed="true"' in client.get(page).text.partition("data-do")[0]
        assert 'aria-pressed="true"' not in Client().get(page).text
    assert "<b data-count>1</b>" in client.get(of(link)).text
    assert "/uploads/" not in client.get(of(link)).text
    change(link, picks=False, uploads=True)
    text = client.get(of(link)).text
    assert "data-pick" not in text
    assert "/uploads/" in text
