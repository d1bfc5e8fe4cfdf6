"""The pages of subjects: who sees and changes what, scores over time, files."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from imaging.forms.people import SubjectForm
from imaging.models import Role, Subject, Task, Team, User
from tests.test_reports import DATA, SCORED, a_report
from tests.visiting import of

pytestmark = [pytest.mark.django_db, pytest.mark.both]
DARK = {"quality": {}, "algorithms": [{**SCORED, "is_ok": False}]}
DARK["algorithms"][0]["result"] = {"error": "It is too dark."}  # type: ignore[index]


@pytest.fixture
def anna(studio: Team, bob: User) -> Subject:
    return Subject.objects.obtain(studio, "Anna", agreed=True, user=bob)


def address(name: str, subject: Subject) -> str:
    return reverse(name, args=[subject.pk])


def scored(value: float, version: str = "1.0") -> dict[str, Any]:
    main = {"main_metric": {"value": value}}
    return {"algorithms": [{**SCORED, "version": version, "result": main}]}


def measured(subject: Subject, number: int, data: dict[str, Any]) -> Task:
    """Store an analysis of the day `number` of March."""
    task = a_report(subject.team, data, f"day{number}.jpg", seed=2 * number)
    task.subject, task.created = subject, datetime(2026, 3, number, 12, tzinfo=UTC)
    task.save()
    return task


def test_scores_become_a_chart_and_a_table_and_no_score_says_why(
    anna: Subject,
    bob: User,
    studio: Team,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    measured(anna, 1, scored(10))
    measured(anna, 3, DARK)
    measured(anna, 5, scored(30))
    client = of(bob, studio)
    with django_assert_max_num_queries(12):
        text = client.get(address("subject", anna)).text
    assert text.count("<figure") == 1
    assert text.count('r="3.5"') == 2
    # A tenth of the way up at the one end, three tenths at the other.
    assert '<polyline class="course-line" points="5.0,68.0 235.0,54.0"/>' in text
    assert "scores 2, first 10.0, newest 30.0" in text
    assert text.count('<td class="num">') == 2
    assert "No score: Redness: It is too dark." in " ".join(text.split())


def test_one_score_is_no_course_and_no_line(anna: Subject, bob: User) -> None:
    measured(anna, 1, DATA)
    text = of(bob).get(address("subject", anna)).text
    assert "One score: no course yet." in text
    assert (text.count('r="3.5"'), text.count("<polyline")) == (1, 0)
    assert "No score: Pores: =Pores are too small." in " ".join(text.split())


def test_scores_by_another_method_are_not_joined(anna: Subject, bob: User) -> None:
    for day, version in enumerate(["1.0", "1.0", "1.1", "1.1"], start=1):
        measured(anna, day, scored(50, version))
    text = of(bob).get(address("subject", anna)).text
    assert (text.count('r="3.5"'), text.count("<polyline")) == (4, 2)
    assert "Method 1.1 since March 3, 2026: not comparable" in text


def test_scores_off_the_usual_scale_have_their_own(anna: Subject, bob: User) -> None:
    measured(anna, 1, scored(-3.5))
    measured(anna, 2, scored(180.2))
    assert "From -4 to 181." in of(bob).get(address("subject", anna)).text


def test_a_scale_that_nobody_states_begins_at_0(anna: Subject, bob: User) -> None:
    for day, value in enumerate([20.5, 20.75], start=1):
        data = scored(value)
        data["algorithms"][0].pop("scale")
        measured(anna, day, data)
    assert "From 0 to 21." in of(bob).get(address("subject", anna)).text


def test_a_word_is_no_point(anna: Subject, bob: User) -> None:
    measured(anna, 1, scored("light"))  # type: ignore[arg-type]
    text = of(bob).get(address("subject", anna)).text
    assert "No analysis has given a score yet." in text


def test_the_list_is_by_name_and_of_the_team_in_use(
    anna: Subject, bob: User, studio: Team, charlie: User
) -> None:
    Subject.objects.obtain(studio, "zoe", agreed=True, user=bob)
    elsewhere = charlie.own_teams()[0]
    Subject.objects.obtain(elsewhere, "Mia", agreed=True, user=charlie)
    measured(anna, 1, scored(10))
    text = of(bob, studio).get(reverse("subjects")).text
    assert text.index("Anna") < text.index("1 analysis") < text.index("zoe")
    assert "Mia" not in text
    assert "Nobody was measured yet" in of(bob).get(reverse("subjects")).text
    found = of(bob, studio).get(reverse("subjects"), {"q": "ANN"}).text
    assert "Anna" in found
    assert "zoe" not in found


def test_names_beyond_a_page_follow_on_the_next(
    bob: User, studio: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(51):
        Subject.objects.create(team=studio, name=f"Name {number:02}")
    client = of(bob, studio)
    with django_assert_max_num_queries(12):
        first = client.get(reverse("subjects")).text
    assert "Name 49" in first
    assert "Name 50" not in first
    last = Subject.objects.get(name="Name 49")
    text = client.get(reverse("subjects"), {"after": str(last.pk)}).text
    assert "Name 50" in text
    assert "Name 49" not in text


def test_a_foreign_subject_is_as_absent_as_none(
    anna: Subject, alice: User, charlie: User
) -> None:
    for name in ("subject", "subject_download"):
        assert of(alice).get(address(name, anna)).status_code == 200
        assert of(charlie).get(address(name, anna)).status_code == 404
        assert Client().get(address(name, anna)).status_code == 302
    for name in ("subject_set", "subject_consent_set", "subject_delete"):
        sent = {"name": "X", "agreed": "no", "sure": "yes"}
        assert of(charlie).post(address(name, anna), sent).status_code == 404
    assert Subject.objects.get().has_consent


def test_a_viewer_reads_and_changes_nothing(
    anna: Subject, bob: User, studio: Team
) -> None:
    studio.memberships.filter(user=bob).update(role=Role.VIEWER)
    text = of(bob).get(address("subject", anna)).text
    assert "Anna" in text
    assert "Withdraw" not in text
    for name in ("subject_set", "subject_consent_set", "subject_delete"):
        assert of(bob).post(address(name, anna), {"sure": "yes"}).status_code == 404


def test_consent_is_withdrawn_and_given_anew(anna: Subject, bob: User) -> None:
    client = of(bob)
    client.post(address("subject_consent_set", anna), {"agreed": "no"})
    assert not Subject.objects.get().has_consent
    text = client.get(address("subject", anna)).text
    assert "consent withdrawn" in text
    client.post(address("subject_consent_set", anna))
    assert not Subject.objects.get().has_consent
    client.post(address("subject_consent_set", anna), {"agreed": "yes"})
    assert Subject.objects.get().has_consent


def test_a_name_is_one_persons(anna: Subject, bob: User, studio: Team) -> None:
    other = Subject.objects.obtain(studio, "Berta", agreed=True, user=bob)
    client = of(bob)
    answer = client.post(address("subject_set", other), {"name": " anna "})
    assert answer.status_code == 422
    assert "There is a subject of this name already." in answer.text
    sent = {"name": "Berta  B.", "notes": "From the north."}
    assert client.post(address("subject_set", other), sent).status_code == 302
    other.refresh_from_db()
    assert (other.name, other.notes) == ("Berta B.", "From the north.")


def test_a_new_name_brings_no_consent_back(anna: Subject, bob: User) -> None:
    form = SubjectForm({"name": "Änne"}, instance=Subject.objects.get())
    anna.withdraw_consent(bob)
    form.save()
    found = Subject.objects.get()
    assert (found.name, found.folded, found.has_consent) == ("Änne", "anne", False)


def test_deletion_asks_once_and_takes_the_reports(anna: Subject, bob: User) -> None:
    task = measured(anna, 1, scored(10))
    client = of(bob)
    assert client.post(address("subject_delete", anna)).status_code == 422
    assert Subject.objects.exists()
    client.post(address("subject_delete", anna), {"sure": "yes"})
    assert not Subject.objects.exists()
    assert client.get(reverse("report", args=[task.pk])).status_code == 404
    assert client.get(reverse("batch", args=[task.batch_id])).status_code == 200


def test_all_that_is_kept_can_be_had(anna: Subject, bob: User) -> None:
    measured(anna, 1, DATA)
    answer = of(bob).get(address("subject_download", anna))
    told = json.loads(answer.content)
    assert (told["name"], told["consent"]["recorded_by"]) == ("Anna", "Bob")
    assert [one["reports"] for one in told["analyses"]] == [[DATA]]
    assert answer["Content-Disposition"] == 'attachment; filename="Anna.json"'


def test_a_report_leads_to_its_person(anna: Subject, bob: User) -> None:
    task = measured(anna, 1, DATA)
    text = of(bob).get(reverse("report", args=[task.pk])).text
    assert address("subject", anna) in text


def test_a_retry_without_consent_says_why(anna: Subject, bob: User) -> None:
    task = measured(anna, 1, DARK)
    Task.objects.filter(pk=task.pk).update(state="error", code="deadline")
    anna.withdraw_consent(bob)
    client = of(bob)
    for name, pk in (("task_retry", task.pk), ("batch_retry", task.batch_id)):
        answer = client.post(reverse(name, args=[pk]), follow=True)
        assert "“Anna” has withdrawn the consent." in answer.text
    again = reverse("task_retry", args=[task.pk])
    live = client.post(again, headers={"HX-Request": "true"})
    assert live.headers["HX-Refresh"] == "true"
    assert Task.objects.get().state == "error"
