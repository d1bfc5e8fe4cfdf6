"""The people in the pictures: who may be measured, and on whose word."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models import Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.models.events import AuditEvent
from imaging.models.fields import FoldedField, UUIDModel, fold
from imaging.models.images import Image
from imaging.models.imagesets import in_hands_of
from imaging.models.orders import Refusal
from imaging.models.people import Team, User
from imaging.models.periods import CONDEMNED
from imaging.models.states import State
from imaging.providers.base import Person

# What somebody confirms by recording consent; kept with it, as it stood there.
CONSENT = _(
    "This person, or whoever decides for them, has agreed that their face is measured "
    "in pictures by the provider chosen, and that the results are kept under this name "
    "until they are deleted."
)
# The code of an analysis that was made, and whose results were deleted.
ERASED = "erased"


class SubjectQuerySet(models.QuerySet["Subject"]):
    def visible_to(self, user: User) -> SubjectQuerySet:
        return self.filter(team__memberships__user=user)

    def changeable_by(self, user: User) -> SubjectQuerySet:
        """Return the subjects this person may rename, or delete."""
        return self.filter(in_hands_of(user))

    def consenting(self) -> SubjectQuerySet:
        """Return those whose consent stands."""
        return self.filter(consented__isnull=False, withdrawn=None)

    def hold(self, pk: object, team: Team) -> Subject | None:
        """Lock a subject in this transaction: consent is not withdrawn meanwhile."""
        return self.select_for_update(no_key=True).filter(pk=pk, team=team).first()

    def named(self, text: str) -> SubjectQuerySet:
        """Return subjects whose names contain every word."""
        rows = self
        for word in fold(text).split():
            rows = rows.filter(GreaterThan(StrIndex("folded", Value(word)), 0))
        return rows

    def after(self, subject: Subject | None) -> SubjectQuerySet:
        """Return what follows `subject` on a page, by name (keyset paging)."""
        rows = self.order_by("folded")
        return rows.filter(folded__gt=subject.folded) if subject else rows


class SubjectManager(models.Manager.from_queryset(SubjectQuerySet)):  # type: ignore[misc]
    def obtain(
        self, team: Team, name: str, *, agreed: bool, user: User | None
    ) -> Subject:
        """Return the team's subject of this name, whose consent stands.

        With `agreed`, consent is recorded now, and a new name becomes a subject. Raises
        Refusal when there is no consent, or no name.
        """
        name = " ".join(name.split())
        if not name or len(name) > Subject.LONGEST:
            raise Refusal(
                _t("Name the person in the picture, in up to %d characters.")
                % Subject.LONGEST
            )
        key = fold(name)[: Subject.LONGEST_FOLDED]
        found = self.filter(team=team, folded=key).first()
        if found and found.has_consent:
            return found
        if not agreed:
            raise Refusal(without_consent(found, name))
        if found is None:
            # Under one name there is one subject, also when two people make it at once.
            found, _new = self.get_or_create(
                team=team, folded=key, defaults={"name": name, "owner": user}
            )
        found.record_consent(user)
        return found


def without_consent(subject: Subject | None, name: str) -> str:
    """Say why nothing can begin, and what to do."""
    if subject is None:
        text = _t(
            "There is no subject “%s” yet. Check the name, or confirm that this person "
            "has agreed."
        )
        return text % name
    if subject.withdrawn:
        text = _t(
            "“%s” has withdrawn the consent. Confirm it only if they have agreed anew."
        )
        return text % subject.name
    return _t("“%s” has not agreed yet. Confirm the consent first.") % subject.name


class Subject(UUIDModel):
    """One person in pictures, with the consent that an analysis of them needs."""

    LONGEST, LONGEST_FOLDED = 150, 450

    team = models.ForeignKey(Team, models.PROTECT, related_name="subjects")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("name"), max_length=LONGEST)
    folded = FoldedField(of="name", max_length=LONGEST_FOLDED)
    notes = models.TextField(_("notes"), max_length=1_000, blank=True)
    created = models.DateTimeField(default=timezone.now)
    # The last consent: when, who wrote it down, and the words that were confirmed.
    consented = models.DateTimeField(null=True, blank=True)
    consented_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    consent_words = models.TextField(blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)

    objects = SubjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "folded"], name="one_subject_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_consent(self) -> bool:
        return self.consented is not None and self.withdrawn is None

    @property
    def person(self) -> Person:
        """Return what a provider is told of this person."""
        return Person(str(self.pk), self.name)

    def _note(self, action: str, user: User | None, **data: Any) -> None:
        """Write down what was done about this person."""
        AuditEvent.objects.note(action, user=user, team=self.team, subject=self, **data)

    @transaction.atomic
    def record_consent(self, user: User | None, words: object = CONSENT) -> None:
        """Write down that this person has agreed, to which words, and who says so."""
        self.consented, self.consented_by = timezone.now(), user
        self.consent_words, self.withdrawn = str(words), None
        self.save(
            update_fields=["consented", "consented_by", "consent_words", "withdrawn"]
        )
        self._note("subject_consent", user, words=self.consent_words)

    def withdraw_consent(self, user: User | None) -> bool:
        """Let no analysis begin from now on, and stop those that have not ended."""
        standing = Subject.objects.consenting().filter(pk=self.pk)
        with transaction.atomic():
            if not standing.update(withdrawn=timezone.now()):
                return False
            self._note("subject_withdrawal", user)
        self.refresh_from_db()
        for task in self.tasks.open():
            task.cancel()
        return True

    def erase(self, user: User | None) -> None:
        """Delete this person here, with the reports and masks of every analysis.

        The pictures stay, and that there were analyses, with no result. Raises Refusal
        while an analysis still runs; it is asked to stop.
        """
        from imaging.models.results import Result

        self.withdraw_consent(user)
        with transaction.atomic():
            Subject.objects.hold(self.pk, self.team)
            if self.tasks.open().exists():
                raise Refusal(
                    _t("An analysis is still being stopped. Try again in a moment.")
                )
            self._note("subject_deletion", user)
            # Gone from every page at once; the files go with the hourly cleaning.
            made = Image.objects.filter(task__in=self.tasks.all())
            made.update(trashed=timezone.now() - CONDEMNED)
            Result.objects.filter(task__in=self.tasks.all()).delete()
            self.tasks.filter(state=State.COMPLETED).update(code=ERASED)
            self.delete()
