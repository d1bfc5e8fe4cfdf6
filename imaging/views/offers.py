"""What a team can have done: each operation with its form, and the recipes it keeps."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from imaging import providers
from imaging.forms.people import PersonForm
from imaging.models import (
    Mode,
    Order,
    ProviderAccount,
    ProviderControl,
    Recipe,
    Refusal,
    Subject,
    Task,
    Team,
)
from imaging.models.orders import carried
from imaging.providers.accounts import Account
from imaging.providers.base import Operation, OptionsForm, Provider
from imaging.views.chosen import is_uuid

SUGGESTED = 300


@dataclass(frozen=True)
class Offer:
    """One operation of one provider, with its options as a form."""

    provider: Provider
    operation: Operation
    form: OptionsForm
    account: Account | None = None
    # Who is measured, where the operation measures somebody.
    person: PersonForm | None = None

    # The first of several steps that were kept under a name.
    recipe: Recipe | None = None
    # What the operator has set for its provider.
    mode: str = Mode.RUNNING

    @property
    def usable(self) -> bool:
        """Say whether anything can be begun with the team's account."""
        return bool(self.account and not self.account.paused and not self.draining)

    @property
    def draining(self) -> bool:
        """Say whether nothing new is taken on, of any team."""
        return self.mode == Mode.DRAINING

    @property
    def held(self) -> bool:
        """Say whether what is begun now waits until the operator lets it go on."""
        return self.mode == Mode.PAUSED

    @property
    def value(self) -> str:
        if self.recipe:
            return f"recipe:{self.recipe.pk}"
        return f"{self.provider.key}:{self.operation.key}"

    @property
    def label(self) -> str:
        return self.recipe.name if self.recipe else str(self.operation.label)

    @property
    def summary(self) -> str:
        """Say in words what is done."""
        if not self.recipe:
            return str(self.operation.summary)
        if len(self.recipe.kept) == 1:
            return self.recipe.summary
        more = _("The estimate is of the first step alone; others count as they begin.")
        return f"{self.recipe.summary}. {more}"

    @property
    def by(self) -> str:
        """Name who does it; the steps of a recipe name that themselves."""
        return "" if self.recipe else str(self.provider.label)

    def order(self) -> Order:
        """Return the order that the sent form asks for. Raises Refusal."""
        if self.recipe:
            return self.recipe.order()
        if not self.form.is_valid():
            raise Refusal(_("Please look at the options again."))
        return self._order(self.form.cleaned_data)

    def default(self) -> Order:
        """Return the order for what the untouched form shows. Raises Refusal."""
        if self.recipe:
            return self.recipe.order()
        shown = {name: self.form.initial.get(name) for name in self.form.fields}
        return self._order(shown)

    def _order(self, options: Mapping[str, Any]) -> Order:
        return Order.by(self.provider, self.operation, self.account, options)


def offers(
    team: Team,
    data: Mapping[str, Any] | None = None,
    like: Task | None = None,
    recipes: bool = True,
) -> list[Offer]:
    """Return all that a team can have done; the chosen one's options are in `data`.

    Where a task is to be done again, its own options stand in its operation's form.
    """
    chosen = (data or {}).get("order")
    found = []
    accounts = ProviderAccount.objects.every(team, providers.providers())
    modes = ProviderControl.objects.modes()
    for provider in providers.providers():
        account = accounts.get(provider.key)
        mode = modes.get(provider.key, Mode.RUNNING)
        for operation in provider.operations:
            if account:
                operation = operation.at(account)
            value = f"{provider.key}:{operation.key}"
            sent = data if chosen == value else None
            initial, known = operation.defaults(), dict[str, Any]()
            if like and operation.key == like.operation:
                same = provider.key == like.provider
                initial |= like.options if same else carried(operation, like.options)
                known = {"subject": like.subject and like.subject.name}
            form = operation.form(sent, prefix=value, initial=initial)
            person = PersonForm(sent, prefix=value, initial=known)
            shown = person if operation.of_person else None
            offer = Offer(provider, operation, form, account, shown, mode=mode)
            found.append(offer)
    found = by_preference(found, team.preferred)
    return [*found, *kept(team, found)] if recipes else found


def by_preference(found: Sequence[Offer], preferred: Mapping[str, str]) -> list[Offer]:
    """Put what a team prefers before what others offer of the same operation."""
    ordered = list(found)
    for offer in found:
        operation = offer.operation.key
        if offer.provider.key == preferred.get(operation):
            keys = [one.operation.key for one in ordered]
            values = [one.value for one in ordered]
            moved = ordered.pop(values.index(offer.value))
            ordered.insert(keys.index(operation), moved)
    return ordered


def kept(team: Team, found: Sequence[Offer]) -> Iterator[Offer]:
    """Return the team's recipes whose first step is on offer."""
    for recipe in Recipe.objects.filter(team=team):
        first = chosen(found, recipe.steps[0].value)
        if first:
            form = OptionsForm(prefix=f"recipe:{recipe.pk}")
            yield replace(first, form=form, person=None, recipe=recipe)


def chosen(found: Sequence[Offer], value: str | None) -> Offer | None:
    """Return the offer of this value; None when nothing was chosen."""
    return next((offer for offer in found if offer.value == value), None)


def ordering(
    team: Team,
    data: Mapping[str, Any] | None = None,
    like: Task | None = None,
    by: str = "",
    recipes: bool = True,
) -> dict[str, Any]:
    """Return what the form needs that asks what shall be done, as it was filled in.

    What was asked for before is chosen, of the provider `by` if one is named.
    """
    found, data = offers(team, data, like, recipes), data or {}
    key = data.get("key", "")
    usable = [offer.value for offer in found if offer.usable]
    first = f"{by or like.provider}:{like.operation}" if like else ""
    wanted = chosen(found, first)
    lacking = {one.provider: one for one in found if not (one.usable or one.draining)}
    steered = {one.provider: one for one in found if one.draining or one.held}
    return {
        "offers": found,
        # One of each provider that cannot be used, to say how it can.
        "lacking": list(lacking.values()),
        # The same of those that the operator has paused, or lets run empty.
        "steered": list(steered.values()),
        "order": data.get("order", first if first in usable else "".join(usable[:1])),
        "unusable": wanted if wanted and not wanted.usable else None,
        # Pressing the button twice starts one batch.
        "key": key if is_uuid(key) else uuid.uuid4(),
        # To choose from; any other name can be typed all the same.
        "subjects": Subject.objects.filter(team=team).order_by("-created")[:SUGGESTED],
    }
