"""What needs attention: reasons together, again as it was, again with changes."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from imaging.models import Batch, Role, Task, Team, User
from tests.lab import Lab
from tests.labwork import (  # noqa: F401
    a_picture,
    at_the_lab,
    begin,
    fresh,
    lab_fixture,
)
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
UNKNOWN = {"code": "outcome_unknown", "message": "Nobody knows."}


@pytest.fixture
def client(bob: User, studio: Team) -> Client:
    return of(bob, studio)


def failures(team: Team, *messages: str, user: User | None = None) -> Batch:
    """Return a batch whose tasks have failed, each with its message."""
    batch = Batch.objects.create(team=team, user=user)
    for number, message in enumerate(messages):
        task = begin(a_picture(team, f"{number}.jpg", seed=number), user=user)
        Task.objects.filter(pk=task.pk).update(
            batch=batch, state="error", stage="", code="failed", message=message
        )
    return batch


def page(client: Client, batch: Batch, **query: str) -> str:
    answer = client.get(reverse("batch", args=[batch.pk]), query)
    assert answer.status_code == 200
    return answer.text


def test_equal_reasons_stand_together_and_the_most_frequent_first(
    client: Client, studio: Team, lab: Lab
) -> None:
    batch = failures(studio, "Too dark.", "Out of focus.", "Out of focus.")
    first, second = batch.failures()
    assert (first.first.message, len(first.tasks)) == ("Out of focus.", 2)
    assert second.first.message == "Too dark."
    text = page(client, batch)
    attention = text[text.index('id="attention"') : text.index('id="tasks"')]
    assert attention.count("Out of focus.") == 1
    assert "Retry all (3)" in attention


def test_one_reason_is_begun_again_and_the_others_stay(
    client: Client, studio: Team, lab: Lab
) -> None:
    batch = failures(studio, "Too dark.", "Out of focus.", "Out of focus.")
    meant = batch.failures()[0]
    address = reverse("batch_retry", args=[batch.pk])
    assert client.post(address, {"like": meant.first.pk}).status_code == 302
    assert {fresh(task).state for task in meant.tasks} == {"pending"}
    assert [task.message for task in batch.tasks.filter(state="error")] == ["Too dark."]


def test_what_is_blocked_is_not_tried_again_as_it_was(
    client: Client, studio: Team, lab: Lab
) -> None:
    batch = failures(studio, "At most 4000 px wide.", "Too dark.")
    blocked = batch.tasks.order_by("created")[0]
    batch.tasks.filter(pk=blocked.pk).update(code="blocked")
    assert "Retry all (1)" in page(client, batch)
    client.post(reverse("batch_retry", args=[batch.pk]))
    assert fresh(blocked).state == "error"


def test_an_unknown_outcome_is_repeated_only_when_confirmed(
    client: Client, studio: Team, lab: Lab
) -> None:
    batch = failures(studio, "x", "x")
    batch.tasks.update(**UNKNOWN)
    like = {"like": str(batch.tasks.all()[0].pk)}
    client.post(reverse("batch_retry", args=[batch.pk]), like)
    assert batch.tasks.filter(state="error").count() == 2
    client.post(reverse("batch_retry", args=[batch.pk]), {**like, "confirmed": "yes"})
    assert batch.tasks.filter(state="pending").count() == 2


def test_with_changes_its_own_operation_and_options_are_filled_in(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = at_the_lab(a_picture(studio, "bad.jpg"), mode="reject", seconds=7)
    answer = client.get(reverse("process"), {"task": task.pk})
    text = answer.text
    assert re.search(r'value="lab:develop"[^>]* checked', text)
    assert re.search(r'name="lab:develop-mode" value="reject"', text)
    assert re.search(r'name="lab:develop-seconds" value="7(\.0)?"', text)
    assert f'value="{task.image_id}" checked' in text


def test_sent_with_changes_it_is_a_new_batch_and_the_old_one_stays(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = at_the_lab(a_picture(studio), mode="reject")
    sent = {
        "image": task.image_id,
        "order": "lab:develop",
        "lab:develop-mode": "ok",
        "lab:develop-promise": "key",
        "lab:develop-seconds": "0",
    }
    assert client.post(reverse("process"), sent).status_code == 302
    new = Task.objects.exclude(pk=task.pk).get()
    assert (new.image_id, new.options["mode"]) == (task.image_id, "ok")
    assert new.batch_id != task.batch_id
    assert fresh(task).state == "error"


def test_all_failures_of_a_batch_come_with_their_pictures(
    client: Client, studio: Team, lab: Lab
) -> None:
    batch = failures(studio, "Too dark.", "Out of focus.", "Out of focus.")
    process = reverse("process")
    assert "Process 3 pictures" in client.get(process, {"failed": batch.pk}).text
    like = {"failed": batch.pk, "like": batch.failures()[0].first.pk}
    assert "Process 2 pictures" in client.get(process, like).text


def test_an_unknown_outcome_with_changes_asks_for_confirmation_too(
    client: Client, studio: Team, lab: Lab
) -> None:
    task = at_the_lab(a_picture(studio), mode="reject")
    Task.objects.filter(pk=task.pk).update(**UNKNOWN)
    text = client.get(reverse("process"), {"task": task.pk}).text
    assert 'name="confirmed" value="yes" required' in text
    sent = {"image": task.image_id, "order": "local:convert", "unknown": task.pk}
    sent |= {"local:convert-format": "png", "local:convert-quality": "92"}
    assert client.post(reverse("process"), sent).status_code == 422
    assert Task.objects.count() == 1
    sent["confirmed"] = "yes"
    assert client.post(reverse("process"), sent).status_code == 302


def test_nobody_does_again_what_is_not_theirs(
    studio: Team, lab: Lab, bob: User, alice: User, charlie: User
) -> None:
    batch = failures(studio, "Too dark.", user=alice)
    task = batch.tasks.get()
    process = reverse("process")
    stranger = of(charlie, charlie.own_teams()[0])
    assert stranger.get(process, {"failed": batch.pk}).status_code == 404
    assert task.image_name not in stranger.get(process, {"task": task.pk}).text
    studio.memberships.filter(user=bob).update(role=Role.CONTRIBUTOR)
    member = of(bob, studio)
    assert "No picture is chosen" in member.get(process, {"failed": batch.pk}).text
    assert "Retry" not in page(member, batch)


def test_work_of_another_team_is_done_again_in_that_team(
    studio: Team, lab: Lab, bob: User
) -> None:
    task = at_the_lab(a_picture(studio), mode="reject")
    elsewhere = of(bob, next(one for one in bob.own_teams() if one != studio))
    sent = {"image": task.image_id, "order": "local:convert"}
    sent |= {"local:convert-format": "png", "local:convert-quality": "92"}
    assert elsewhere.post(reverse("process"), sent).status_code == 302
    assert Task.objects.exclude(pk=task.pk).get().team_id == studio.pk
