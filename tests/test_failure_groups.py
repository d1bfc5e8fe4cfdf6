"""Failures in groups: one line each cause, and acts on exactly what was counted."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging import providers
from imaging.failures import reason_of
from imaging.models import (
    AuditEvent,
    Batch,
    Image,
    ProviderAccount,
    State,
    Subject,
    Task,
    Team,
    User,
)
from imaging.operating import failing
from tests.application import PASSWORD
from tests.lab import Lab
from tests.labwork import a_picture, lab_fixture  # noqa: F401
from tests.stored import an_image

pytestmark = [pytest.mark.django_db, pytest.mark.both]
CAUSES = [
    ("timeout", "cdn%d.lab.example did not answer in time."),
    ("failed", "The picture “wedding %d.jpg” is out of focus."),
    ("failed", "Job 9f8e7d6c-0000-4000-8000-%012d was lost at 10:15:02."),
]


@pytest.fixture
def root(client: Client) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    return client


@pytest.fixture
def picture(studio: Team) -> Image:
    return an_image(studio, b"bytes", "wedding.jpg")


def failed(picture: Image, code: str, messages: list[str], **facts: object) -> None:
    """Let a task end for each of these messages, as a worker does."""
    batch = Batch.objects.create(team=picture.team)
    values = {"provider": "lab", "operation": "develop", "image": picture, **facts}
    for message in messages:
        task = Task.objects.create(batch=batch, team=picture.team, **values)
        task.end(State.ERROR, code=code, message=message)


def entered(team: Team, provider: str, keys: dict[str, str], **more: object) -> None:
    """Give a team an account of its own."""
    values = {"url": "https://vendor.example", "sealed": json.dumps(keys), **more}
    ProviderAccount.objects.create(team=team, provider=provider, **values)


def links(client: Client, act: str, **chosen: str) -> list[str]:
    """Return where the page of failures leads for this act, a link each group."""
    page = client.get(reverse("admin:failures"), chosen)
    assert page.status_code == 200
    path = reverse("admin:failures_act", args=[act])
    found = re.findall(rf'href="({path}\?order=[^"]+)"', page.text)
    return [one.replace("&amp;", "&") for one in found]


def press(client: Client, link: str, **ticked: str) -> list[str]:
    """Confirm what the page of this link states; return what is told then."""
    asked = client.get(link)
    return confirm(client, link, asked.text, **ticked)


def confirm(client: Client, link: str, text: str, **ticked: str) -> list[str]:
    order = re.search(r'name="order" value="([^"]+)"', text)
    assert order
    answer = client.post(link.partition("?")[0], {"order": order[1], **ticked})
    while "data-carry-on" in answer.text:
        assert (order := re.search(r'name="order" value="([^"]+)"', answer.text))
        answer = client.post(link.partition("?")[0], {"order": order[1]})
    return [str(one) for one in get_messages(answer.wsgi_request)] or [answer.text]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("127.0.0.1 cannot be reached: refused.", "… cannot be reached: refused."),
        ("Haut.AI answered 17 at 2026-11-22T10:11:12Z.", "Haut.AI answered … at …."),
        ("Retouch4me's 'big one' is 12,000 × 9 px.", "Retouch4me's … is … × … px."),
        ("IMG_12.JPG by tid 3f2a99bc1 of the team's", "… by tid … of the team's"),
        (f"See https://lab/?Key=secret {'x' * 200}", f"See … {'x' * 94}"),
        ("", ""),
    ],
)
def test_a_reason_has_nothing_that_differs_from_task_to_task(
    message: str, reason: str
) -> None:
    assert reason_of(message) == reason


def test_500_failures_of_3_causes_are_3_lines_and_one_is_retried_alone(
    root: Client, picture: Image, lab: Lab
) -> None:
    for at, (code, said) in enumerate(CAUSES):
        failed(picture, code, [said % n for n in range(at, 500, 3)])
    page = root.get(reverse("admin:failures"))
    numbers = [one["group"].number for one in page.context["groups"]]
    assert sorted(numbers, reverse=True) == numbers == [167, 167, 166]
    retry, dismiss = links(root, "retry"), links(root, "dismiss")
    assert "Retry 167" in root.get(retry[0]).text
    code = page.context["groups"][0]["group"].cause.code
    told = press(root, retry[0])
    assert told == ["167 tasks begin again."]
    left = Task.objects.failed().count()
    assert (left, Task.objects.open().count()) == (333, 167)
    again = Task.objects.open().first()
    assert again
    assert (again.code, again.reason, again.attempt) == ("", "", 2)
    assert press(root, dismiss[2]) == ["166 failures dismissed."]
    assert Task.objects.failed().filter(dismissed=None).count() == 167
    assert len(links(root, "retry")) == 1
    rows = AuditEvent.objects.filter(action__startswith="failures_").order_by("at")
    assert [(row.action, row.data["counted"]) for row in rows] == [
        ("failures_retried", 167),
        ("failures_dismissed", 166),
    ]
    assert (rows[0].data["code"], rows[0].data["begun"]) == (code, 167)


def test_a_group_links_to_the_list_of_just_its_tasks(
    root: Client, picture: Image, lab: Lab
) -> None:
    failed(picture, "failed", ["Out of focus: a.jpg", "Out of focus: b.jpg"])
    failed(picture, "failed", ["Too dark"])
    groups = root.get(reverse("admin:failures")).context["groups"]
    page = root.get(groups[0]["list"])
    shown = page.context["cl"].result_list
    assert {one.message for one in shown} == {
        "Out of focus: a.jpg",
        "Out of focus: b.jpg",
    }


def test_only_what_was_counted_is_touched(
    root: Client, picture: Image, lab: Lab
) -> None:
    failed(picture, "failed", ["Too dark"] * 3)
    (link,) = links(root, "dismiss")
    stated = root.get(link).text
    failed(picture, "failed", ["Too dark"] * 2)
    assert confirm(root, link, stated) == ["3 failures dismissed."]
    assert Task.objects.failed().filter(dismissed=None).count() == 2
    (link,) = links(root, "retry")
    stated = root.get(link).text
    one = Task.objects.failed().filter(dismissed=None).first()
    assert one
    assert one.retry()
    told = confirm(root, link, stated)
    assert "The number has changed" in told[0]
    assert "Retry 1<" in told[0]
    assert Task.objects.open().count() == 1


def test_it_says_first_what_cannot_begin_again_and_why(
    root: Client, picture: Image, lab: Lab
) -> None:
    failed(picture, "failed", ["Too dark"] * 4)
    failed(picture, "failed", ["Too dark"] * 2, image=None)
    trashed = an_image(picture.team, b"yet more", "c.jpg")
    failed(trashed, "failed", ["Too dark"])
    Image.objects.filter(pk=trashed.pk).update(trashed=timezone.now())
    (link,) = links(root, "retry")
    assert hopes(root, link) == (7, 4, {"Their picture was deleted.": 3})
    assert press(root, link) == ["4 tasks begin again."]
    assert Task.objects.failed().count() == 3


def test_it_says_first_whose_account_or_consent_is_missing(
    root: Client, picture: Image
) -> None:
    paused, stranger = Team.objects.create(name="P"), Team.objects.create(name="S")
    for team in (picture.team, paused):
        keys = {"token": "t", "company": "1"}
        entered(team, "haut", keys, paused=team == paused)
    agreeing = Subject.objects.obtain(picture.team, "Anna", agreed=True, user=None)
    refusing = Subject.objects.create(team=picture.team, name="Berta")
    measured = {"provider": "haut", "operation": "skin-analysis"}
    said = ["No face is seen."]
    failed(picture, "failed", said * 3, subject=agreeing, **measured)
    failed(picture, "failed", said * 2, subject=refusing, **measured)
    for team, count in ((paused, 4), (stranger, 5)):
        image = an_image(team, b"theirs", "b.jpg")
        failed(image, "failed", said * count, **measured)
    (link,) = links(root, "retry")
    assert hopes(root, link) == (
        14,
        3,
        {
            "Their team has no account with this provider.": 5,
            "Their team's account with this provider is paused.": 4,
            "The person whom they measure does not agree, or not any more.": 2,
        },
    )


def hopes(client: Client, link: str) -> tuple[int, int, dict[str, int]]:
    """Return what the page says: how many, how many of them can, and why not."""
    found = client.get(link).context["prospects"]
    why = {str(one.why): one.number for one in found.obstacles}
    return found.number, found.repeatable, why


def test_an_unknown_outcome_is_repeated_only_with_a_tick(
    root: Client, picture: Image, lab: Lab
) -> None:
    failed(picture, "outcome_unknown", ["Its answer never came."] * 2)
    (link,) = links(root, "retry")
    assert "paid, twice" in root.get(link).text
    told = press(root, link)
    assert "Confirm first" in told[0]
    assert not Task.objects.open().exists()
    assert press(root, link, confirmed="yes") == ["2 tasks begin again."]


def test_what_is_blocked_is_not_tried(root: Client, picture: Image, lab: Lab) -> None:
    failed(picture, "blocked", ["It is too large"] * 2)
    (link,) = links(root, "retry")
    page = root.get(link)
    assert page.context["prospects"].repeatable == 0
    assert 'class="btn btn-primary"' not in page.text


def test_refusals_are_told_with_their_numbers_and_passed_by(
    root: Client, picture: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In several rounds, as with very many of them."""
    entered(picture.team, "kokoon", {"token": "t"})
    operation = providers.get("kokoon").operations[0].key
    work = {"provider": "kokoon", "operation": operation}
    failed(picture, "failed", ["Too dark"] * 5, **work)
    bad = Task.objects.failed().order_by("finished")[1:3]
    for task in bad:
        Task.objects.filter(pk=task.pk).update(operation="vanished")
    monkeypatch.setattr(failing, "SECONDS", 0)
    monkeypatch.setattr(failing, "PORTION", 1)
    (link,) = links(root, "retry")
    told = press(root, link)
    assert told[0] == "3 tasks begin again."
    assert told[1].startswith("Not begun: 2. There is no vanished")
    assert Task.objects.failed().count() == 2


def test_a_span_and_a_provider_are_chosen(
    root: Client, picture: Image, lab: Lab
) -> None:
    failed(picture, "failed", ["Too dark"])
    failed(picture, "failed", ["Too dark"], provider="local")
    old = Task.objects.filter(provider="lab")
    old.update(finished=timezone.now() - timedelta(days=3))
    numbers = {
        span: len(links(root, "retry", span=span))
        for span in ("24h", "7d", "30d", "all", "nonsense")
    }
    assert numbers == {"24h": 1, "7d": 2, "30d": 2, "all": 2, "nonsense": 1}
    assert len(links(root, "retry", span="all", provider="local")) == 1
    assert not links(root, "retry", span="all", provider="nobody")
    assert len(links(root, "retry", span="all", provider="\0local")) == 1


def test_more_failures_than_are_counted_are_said_to_be_more(
    root: Client, picture: Image, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(picture, "failed", ["Too dark"] * 4)
    monkeypatch.setattr(failing, "BOUND", 3)
    monkeypatch.setattr("imaging.console.failures.BOUND", 3)
    page = root.get(reverse("admin:failures"))
    assert "more than 3 failures" in page.text
    assert page.context["groups"][0]["group"].number == 3


def test_older_failures_are_given_a_reason(picture: Image) -> None:
    failed(picture, "failed", ["Too dark: 17"] * 3)
    Task.objects.update(reason="")
    assert failing.give_reasons() == 3
    assert failing.give_reasons() == 0
    assert set(Task.objects.values_list("reason", flat=True)) == {"Too dark: …"}


@pytest.mark.parametrize("order", ["", "x", "eyJhIjoxfQ:x:y"])
def test_nonsense_does_nothing(
    root: Client, picture: Image, lab: Lab, order: str
) -> None:
    failed(picture, "failed", ["Too dark"])
    for act in ("retry", "dismiss"):
        path = reverse("admin:failures_act", args=[act])
        assert root.get(path, {"order": order}).status_code == 302
        assert root.post(path, {"order": order}).status_code == 302
    assert root.get("/admin/failures/erase/").status_code == 404
    assert Task.objects.failed().filter(dismissed=None).count() == 1


def test_the_page_costs_few_queries(
    root: Client, picture: Image, lab: Lab, django_assert_max_num_queries: object
) -> None:
    for code, said in CAUSES:
        failed(picture, code, [said % 1])
    links(root, "retry")
    (first, *_) = links(root, "retry")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        links(root, "retry")
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        root.get(first)
