"""Who is measured: consent before the first analysis, withdrawal, deletion."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from imaging import worker
from imaging.models import (
    AuditEvent,
    Batch,
    Image,
    Order,
    Refusal,
    Result,
    Subject,
    Task,
    Team,
    User,
)
from imaging.models.subjects import CONSENT
from imaging.operating import integrity
from tests.labwork import a_picture, fresh

pytestmark = [pytest.mark.django_db, pytest.mark.both]
Start = Callable[..., Batch]


@pytest.fixture
def anna(studio: Team, bob: User) -> Subject:
    return Subject.objects.obtain(studio, "Anna", agreed=True, user=bob)


@pytest.fixture
def start(studio: Team, bob: User) -> Start:
    """Order an analysis of one and the same picture."""
    picture = a_picture(studio)

    def order(subject: Subject | None, operation: str = "skin-analysis") -> Batch:
        return Task.objects.start(
            [picture],
            Order.of(studio, "local", operation),
            team=studio,
            user=bob,
            subject=subject,
        )

    return order


def test_what_measures_a_person_begins_with_nobody_unnamed(start: Start) -> None:
    with pytest.raises(Refusal, match="Say who it is, and confirm"):
        start(None)
    assert not Batch.objects.exists()


def test_with_consent_it_begins_and_is_theirs(start: Start, anna: Subject) -> None:
    task = start(anna).tasks.get()
    assert task.subject == anna
    assert anna.person.name == "Anna"


def test_other_work_is_nobodys(start: Start, anna: Subject) -> None:
    assert start(anna, "convert").tasks.get().subject is None


def test_consent_is_written_down_with_its_words_and_who_says_so(
    anna: Subject, bob: User
) -> None:
    assert anna.has_consent
    assert (anna.consented_by, anna.consent_words) == (bob, str(CONSENT))
    event = AuditEvent.objects.get(action="subject_consent")
    assert (event.user, event.subject_id) == (bob, str(anna.pk))
    assert event.data == {"words": str(CONSENT)}


def test_once_is_enough_and_case_and_spaces_make_nobody_new(
    anna: Subject, studio: Team, alice: User
) -> None:
    again = Subject.objects.obtain(studio, "  ANNA ", agreed=False, user=alice)
    assert again == anna
    also = Subject.objects.obtain(studio, "anna", agreed=True, user=alice)
    assert also == anna
    assert AuditEvent.objects.filter(action="subject_consent").count() == 1


def test_a_name_that_grows_when_folded_is_found_again(studio: Team) -> None:
    # One letter that is written out as eighteen.
    name = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 150
    made = [
        Subject.objects.obtain(studio, name, agreed=True, user=None) for _ in range(2)
    ]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Berta", "no subject “Berta” yet"),
        ("", "Name the person"),
        ("x" * 151, "in up to 150 characters"),
    ],
)
def test_without_consent_nobody_is_made(studio: Team, name: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        Subject.objects.obtain(studio, name, agreed=False, user=None)
    assert not Subject.objects.exists()


def test_a_withdrawn_consent_stops_all_until_it_is_given_anew(
    start: Start, anna: Subject, studio: Team, bob: User
) -> None:
    waiting = start(anna).tasks.get()
    assert anna.withdraw_consent(bob)
    assert not anna.withdraw_consent(bob)
    assert fresh(waiting).state == "cancelled"
    assert not fresh(waiting).retry()
    with pytest.raises(Refusal, match="has withdrawn the consent"):
        start(anna)
    with pytest.raises(Refusal, match="has withdrawn the consent"):
        Subject.objects.obtain(studio, "anna", agreed=False, user=bob)
    Subject.objects.obtain(studio, "anna", agreed=True, user=bob)
    assert fresh(waiting).retry()
    kinds = AuditEvent.objects.order_by("at").values_list("action", flat=True)
    assert list(kinds) == ["subject_consent", "subject_withdrawal", "subject_consent"]


def test_a_subject_of_another_team_is_none_of_ours(start: Start, charlie: User) -> None:
    team = charlie.own_teams()[0]
    theirs = Subject.objects.obtain(team, "Anna", agreed=True, user=charlie)
    with pytest.raises(Refusal, match="no subject “Anna” yet"):
        start(theirs)


def test_deletion_takes_reports_and_masks_and_leaves_the_pictures(
    start: Start, anna: Subject, bob: User
) -> None:
    task = start(anna).tasks.get()
    worker.submit(str(task.pk))
    assert fresh(task).has_report
    mask = a_picture(task.team, "mask.png", seed=3)
    Image.objects.filter(pk=mask.pk).update(task=task, layer=True)
    anna.erase(bob)
    assert not Subject.objects.exists()
    assert not Result.objects.exists()
    after = fresh(task)
    assert (after.subject, after.state, after.has_report) == (None, "completed", False)
    assert not after.may_repeat
    assert list(Image.objects.kept()) == [task.image]
    assert Image.objects.over().get() == mask
    assert list(integrity.senseless_tasks()) == []
    event = AuditEvent.objects.get(action="subject_deletion")
    assert "Anna" not in str(event.data)


def test_nobody_is_deleted_while_a_worker_still_measures(
    start: Start, anna: Subject, bob: User
) -> None:
    task = start(anna).tasks.get()
    Task.objects.filter(pk=task.pk).update(
        state="processing", stage="working", began=timezone.now()
    )
    with pytest.raises(Refusal, match="Try again in a moment"):
        anna.erase(bob)
    assert fresh(task).cancel_asked
    assert not Subject.objects.get().has_consent


def test_a_person_is_seen_by_their_team_only(
    anna: Subject, alice: User, bob: User, charlie: User
) -> None:
    for user in (alice, bob):
        assert Subject.objects.visible_to(user).get() == anna
    assert not Subject.objects.visible_to(charlie).exists()
    assert not Subject.objects.changeable_by(charlie).exists()
