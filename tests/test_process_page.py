"""The page that asks what shall be done: verdicts, estimate, what is left out."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from imaging.models import Image, Order, Role, Subject, Task, Team, User
from tests.drawing import jpeg
from tests.stored import an_image
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PROCESS = "/process/"
UPSCALE = {
    "order": "local:upscale",
    "local:upscale-scale": "4",
    "local:upscale-format": "same",
    "local:upscale-quality": "92",
}


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


@pytest.fixture
def small(studio: Team) -> Image:
    return an_image(studio, jpeg(seed=1), "small.jpg", width=640, height=480)


@pytest.fixture
def wide(studio: Team) -> Image:
    """Four times as large, it would have 64 megapixels."""
    return an_image(studio, jpeg(seed=2), "wide.jpg", width=4000, height=1000)


def ask(client: Client, *images: Image, **fields: str) -> str:
    sent = {"image": [image.pk for image in images], **UPSCALE, **fields}
    answer = client.post(PROCESS, sent)
    assert answer.status_code == 200
    return answer.text


def test_it_says_of_each_picture_whether_it_will_be_taken(
    client: Client, small: Image, wide: Image
) -> None:
    text = ask(client, small, wide, look="again")
    assert "1 ok" in text
    assert "1 will not be taken" in text
    assert "64.0 megapixels; the limit is 62 megapixels" in text
    assert not Task.objects.exists()


def test_the_verdict_alone_is_sent_to_a_page_that_asks(
    client: Client, small: Image, wide: Image
) -> None:
    sent = {"image": [small.pk, wide.pk], **UPSCALE}
    answer = client.post(PROCESS, sent, headers={"HX-Request": "true"})
    text = answer.text
    assert 'id="forecast"' in text
    assert 'id="sum"' in text
    assert "<html" not in text
    assert not Task.objects.exists()


def test_what_is_blocked_can_be_left_out_with_one_button(
    client: Client, small: Image, wide: Image
) -> None:
    text = ask(client, small, wide, leave="blocked")
    assert "Process 1 picture" in text
    assert f'value="{small.pk}" checked' in text
    assert str(wide.pk) not in text


def test_the_estimate_is_of_what_will_be_taken(
    client: Client, small: Image, wide: Image
) -> None:
    def estimate(*images: Image) -> str:
        text = ask(client, *images, look="again")
        part = text[text.index('id="sum"') :]
        return part[: part.index("</span>")]

    assert "about" in estimate(small)
    assert estimate(small) == estimate(small, wide)
    assert "None of these" in estimate(wide)


def test_a_wrong_option_is_named_and_nobody_is_judged(
    client: Client, small: Image
) -> None:
    text = ask(client, small, **{"local:upscale-quality": "900"}, look="again")
    assert "Please look at the options again." in text
    assert "1 ok" not in text


def test_pictures_of_others_are_left_out(
    client: Client, small: Image, bob: User, charlie: User, studio: Team
) -> None:
    foreign = an_image(charlie.own_teams()[0], jpeg(seed=3), "foreign.jpg")
    text = ask(client, small, foreign, look="again")
    assert "Process 1 picture" in text
    assert "foreign.jpg" not in text
    studio.memberships.filter(user=bob).update(role=Role.VIEWER)
    assert "No picture is chosen" in ask(client, small, look="again")


def test_what_lies_in_the_trash_is_left_out(
    client: Client, small: Image, wide: Image
) -> None:
    Image.objects.filter(pk=wide.pk).update(trashed=timezone.now())
    assert "Process 1 picture" in ask(client, small, wide, look="again")


def test_work_is_done_in_the_team_of_the_pictures(
    small: Image, bob: User, studio: Team
) -> None:
    elsewhere = of(bob, next(one for one in bob.own_teams() if one != studio))
    sent = {"image": small.pk, **UPSCALE}
    assert elsewhere.post(PROCESS, sent).status_code == 302
    assert Task.objects.get().team_id == studio.pk


ANALYSE = {"order": "local:skin-analysis", "local:skin-analysis-masks": "on"}
NAME, AGREED = "local:skin-analysis-subject", "local:skin-analysis-consent"


def test_who_is_measured_is_said_and_recorded_once(
    client: Client, small: Image, wide: Image, bob: User
) -> None:
    first = {"image": small.pk, **ANALYSE, NAME: "Anna", AGREED: "on"}
    assert client.post(PROCESS, first).status_code == 302
    anna = Subject.objects.get()
    assert (anna.name, anna.consented_by, anna.has_consent) == ("Anna", bob, True)
    again = {"image": wide.pk, **ANALYSE, NAME: "anna"}
    assert client.post(PROCESS, again).status_code == 302
    assert {one.subject for one in Task.objects.all()} == {anna}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Say who is in the pictures."),
        ({NAME: "Anna"}, "There is no subject “Anna” yet."),
        ({NAME: "A" * 151, AGREED: "on"}, "at most 150 characters"),
        ({NAME: "An\x00na", AGREED: "on"}, "Null characters are not allowed."),
    ],
)
def test_nobody_is_measured_unasked(
    client: Client, small: Image, fields: dict[str, str], words: str
) -> None:
    answer = client.post(PROCESS, {"image": small.pk, **ANALYSE, **fields})
    assert answer.status_code == 422
    assert words in answer.text
    assert not Task.objects.exists()
    assert not Subject.objects.exists()


def test_known_people_are_offered_and_foreign_ones_are_not(
    client: Client, small: Image, bob: User, studio: Team, charlie: User
) -> None:
    Subject.objects.obtain(studio, "Anna", agreed=True, user=bob)
    elsewhere = charlie.own_teams()[0]
    Subject.objects.obtain(elsewhere, "Zoe", agreed=True, user=charlie)
    text = ask(client, small, look="again")
    assert '<option value="Anna">' in text
    assert "Zoe" not in text


def test_what_is_done_again_is_of_the_same_person(
    client: Client, small: Image, wide: Image, bob: User, studio: Team
) -> None:
    tasks = []
    for name, image in (("Anna", small), ("Berta", wide)):
        subject = Subject.objects.obtain(studio, name, agreed=True, user=bob)
        order = Order.of(studio, "local", "skin-analysis")
        batch = Task.objects.start(
            [image], order, team=studio, user=bob, subject=subject
        )
        tasks.append(str(batch.tasks.get().pk))
    text = client.get(PROCESS, {"task": tasks[0]}).text
    assert 'name="local:skin-analysis-subject" value="Anna"' in text
    # Several people are no order: nobody is put in for all.
    text = client.get(PROCESS, {"task": tasks}).text
    assert 'name="local:skin-analysis-subject" value' not in text


def test_very_many_pictures_cost_no_more_queries(
    client: Client,
    studio: Team,
    small: Image,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    more = [Image(team=studio, blob=small.blob, name=f"{n}.jpg") for n in range(1_100)]
    Image.objects.bulk_create(more)
    with django_assert_max_num_queries(12):
        text = ask(client, *Image.objects.all(), look="again")
    assert "Process 1000 pictures" in text
    assert "1000 ok" in text
