"""What a team does again and again: steps under a name, each on what the last made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging import providers
from imaging.models.fields import UUIDModel
from imaging.models.orders import Order, Refusal
from imaging.models.people import Role, Team, User
from imaging.providers.base import Operation, Provider, ResultKind

MOST_STEPS = 10


@dataclass(frozen=True)
class Step:
    """One operation by one provider, with its options, as it is kept."""

    provider: str
    operation: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> str:
        """Return what names the operation in a form."""
        return f"{self.provider}:{self.operation}"

    @property
    def offered(self) -> tuple[Provider, Operation] | None:
        """Return who does it; None when that is no longer installed."""
        try:
            provider = providers.get(self.provider)
            return provider, provider.operation(self.operation)
        except KeyError:
            return None

    def __str__(self) -> str:
        if not self.offered:
            return self.value
        provider, operation = self.offered
        words = {"what": operation.label, "who": provider.label}
        return _t("%(what)s by %(who)s") % words

    def order(self, team: Team, then: Sequence[Mapping[str, Any]] = ()) -> Order:
        """Return the order for this step, and for those after it. Raises Refusal."""
        order = Order.of(team, self.provider, self.operation, self.options)
        return replace(order, then=tuple(then))


class RecipeQuerySet(models.QuerySet["Recipe"]):
    def visible_to(self, user: User) -> RecipeQuerySet:
        return self.filter(team__memberships__user=user)

    def changeable_by(self, user: User) -> RecipeQuerySet:
        """Return the recipes this person may change: what the team works by."""
        hands = [Role.OWNER, Role.EDITOR]
        return self.filter(
            team__memberships__user=user, team__memberships__role__in=hands
        )


class RecipeManager(models.Manager.from_queryset(RecipeQuerySet)):  # type: ignore[misc]
    @transaction.atomic
    def keep(self, team: Team, name: str, order: Order) -> Recipe:
        """Keep an order as a recipe; one of this name gets it as its next step.

        Raises Refusal where it cannot follow, or would ask whom it measures.
        """
        name = " ".join(name.split())[:80]
        if not name:
            raise Refusal(_t("Give the recipe a name."))
        if order.operation.of_person:
            raise Refusal(_t("What measures a person is ordered for each person."))
        # The team's row is the turn: two who add a step at once add both.
        Team.objects.select_for_update().get(pk=team.pk)
        recipe = self.filter(team=team, name=name).first() or self.model(
            team=team, name=name
        )
        recipe.add(Step(order.provider.key, order.operation.key, order.options))
        recipe.save()
        return recipe


class Recipe(UUIDModel):
    """Steps under a name. What was begun by it goes on as it was begun."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="recipes")
    name = models.CharField(_("name"), max_length=80)
    kept = models.JSONField(default=list)
    changed = models.DateTimeField(default=timezone.now)

    objects = RecipeManager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["team", "name"], name="one_recipe_per_name")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def steps(self) -> list[Step]:
        return [Step(**one) for one in self.kept]

    @property
    def summary(self) -> str:
        """Say in words what is done, one step after the other."""
        return ", ".join(map(str, self.steps))

    def add(self, step: Step) -> None:
        """Add a step; it works on what the one before makes. Raises Refusal."""
        if len(self.kept) >= MOST_STEPS:
            raise Refusal(_t("A recipe has at most %d steps.") % MOST_STEPS)
        last = self.steps[-1].offered if self.kept else None
        if last and last[1].result != ResultKind.IMAGE:
            raise Refusal(
                _t("%(step)s gives no picture that a next step could work on.")
                % {"step": self.steps[-1]}
            )
        self.kept = [*self.kept, asdict(step)]
        self.changed = timezone.now()

    def order(self) -> Order:
        """Return the order for all of it. Raises Refusal when it cannot be begun."""
        return replace(self.steps[0].order(self.team, self.kept[1:]), name=self.name)
