"""What shall be done to pictures: everything on offer, and the beginning of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from imaging import providers
from imaging.forecast import Forecast
from imaging.forms import PersonForm
from imaging.middleware import SignedInRequest, current_team
from imaging.models import (
    Batch,
    Image,
    Order,
    ProviderAccount,
    Refusal,
    Subject,
    Task,
    Team,
)
from imaging.models.orders import carried
from imaging.models.tasksets import TaskQuerySet
from imaging.providers.accounts import Account
from imaging.providers.base import Operation, OptionsForm, Provider
from imaging.views.chosen import chosen_ids, is_uuid

AT_ONCE = 1_000
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

    @property
    def usable(self) -> bool:
        """Say whether anything can be begun with the team's account."""
        return bool(self.account and not self.account.paused)

    @property
    def value(self) -> str:
        return f"{self.provider.key}:{self.operation.key}"

    def order(self) -> Order:
        """Return the order that the sent form asks for. Raises Refusal."""
        if not self.form.is_valid():
            raise Refusal(_("Please look at the options again."))
        return self._order(self.form.cleaned_data)

    def default(self) -> Order:
        """Return the order for what the untouched form shows. Raises Refusal."""
        shown = {name: self.form.initial.get(name) for name in self.form.fields}
        return self._order(shown)

    def _order(self, options: Mapping[str, Any]) -> Order:
        return Order.by(self.provider, self.operation, self.account, options)


def offers(
    team: Team, data: Mapping[str, Any] | None = None, like: Task | None = None
) -> list[Offer]:
    """Return all that a team can have done; the chosen one's options are in `data`.

    Where a task is to be done again, its own options stand in its operation's form.
    """
    chosen = (data or {}).get("order")
    found = []
    accounts = ProviderAccount.objects.every(team, providers.providers())
    for provider in providers.providers():
        account = accounts.get(provider.key)
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
            found.append(Offer(provider, operation, form, account, shown))
    return found


def order_of(task: Task) -> str:
    """Return the value of the offer that this task came from."""
    return f"{task.provider}:{task.operation}"


def chosen(found: Sequence[Offer], value: str | None) -> Offer | None:
    """Return the offer of this value; None when nothing was chosen."""
    return next((offer for offer in found if offer.value == value), None)


def ordering(
    team: Team,
    data: Mapping[str, Any] | None = None,
    like: Task | None = None,
    by: str = "",
) -> dict[str, Any]:
    """Return what the form needs that asks what shall be done, as it was filled in.

    What was asked for before is chosen, of the provider `by` if one is named.
    """
    found, data = offers(team, data, like), data or {}
    key = data.get("key", "")
    usable = [offer.value for offer in found if offer.usable]
    first = f"{by or like.provider}:{like.operation}" if like else ""
    wanted = chosen(found, first)
    lacking = {one.provider: one for one in found if not one.usable}
    return {
        "offers": found,
        # One of each provider that cannot be used, to say how it can.
        "lacking": list(lacking.values()),
        "order": data.get("order", first if first in usable else "".join(usable[:1])),
        "unusable": wanted if wanted and not wanted.usable else None,
        # Pressing the button twice starts one batch.
        "key": key if is_uuid(key) else uuid.uuid4(),
        # To choose from; any other name can be typed all the same.
        "subjects": Subject.objects.filter(team=team).order_by("-created")[:SUGGESTED],
    }


@login_required
@require_http_methods(["GET", "POST"])
def process(request: SignedInRequest) -> HttpResponse:
    """Ask what shall be done to pictures that are here already, and begin it.

    They are named by `image`, or by tasks that shall be done again with changes: by
    `task`, or by `failed`, a batch (and `like`, one task with the reason that counts),
    and by another provider if `by` names one.
    """
    tasks = again(request)
    images = in_one_team(request, [task.image_id for task in tasks])
    if "order" not in request.POST:
        return page(request, images, tasks=tasks)
    if request.htmx:  # type: ignore[attr-defined]
        return verdict(request, images)
    if "look" in request.POST:
        return page(request, images)
    if "leave" in request.POST:
        return page(request, forecast(request, images).taken)
    try:
        return begin(request, images)
    except Refusal as refusal:
        return page(request, images, refusal.message)


def page(
    request: SignedInRequest,
    images: Sequence[Image],
    problem: str = "",
    tasks: Sequence[Task] = (),
) -> HttpResponse:
    """Show the pictures and everything on offer, as it was filled in."""
    sent = request.POST if "order" in request.POST else None
    like = tasks[0] if tasks else None
    if like and len({one.subject_id for one in tasks}) > 1:
        # One order measures one person: who it shall be is asked again.
        like.subject = None
    unknown = [task.pk for task in tasks if task.is_unknown]
    context = {
        **ordering(team_of(request, images), sent, like, request.GET.get("by", "")),
        "images": images,
        "problem": problem,
        "like": like,
        "unknown": unknown or request.POST.getlist("unknown"),
        "forecast": forecast(request, images, like),
    }
    status = 422 if problem else 200
    return render(request, "process/page.html", context, status=status)


def verdict(request: SignedInRequest, images: Sequence[Image]) -> HttpResponse:
    """Say what would become of the pictures with the options as they stand now."""
    context = {"forecast": forecast(request, images), "live": True}
    return render(request, "process/_forecast.html", context)


def forecast(
    request: SignedInRequest, images: Sequence[Image], like: Task | None = None
) -> Forecast:
    """Ask the chosen operation about each picture; a wrong option leaves it unasked."""
    sent = request.POST if "order" in request.POST else None
    by = request.GET.get("by", "")
    filled = ordering(team_of(request, images), sent, like, by)
    offer = chosen(filled["offers"], filled["order"])
    if offer is None:
        return Forecast.unknown(images)
    try:
        order = offer.order() if offer.form.is_bound else offer.default()
    except Refusal as refusal:
        return Forecast.unknown(images, refusal.message)
    return Forecast.of(order, images)


def again(request: SignedInRequest) -> list[Task]:
    """Return the tasks that the address names, those this person may do again."""
    sent = request.POST or request.GET
    mine = Task.objects.changeable_by(request.user).filter(
        image__isnull=False, image__trashed=None
    )
    if is_uuid(batch := sent.get("failed", "")):
        found = get_object_or_404(Batch.objects.visible_to(request.user), pk=batch)
        mine = meant(request, mine.filter(batch=found))
    else:
        asked = [one for one in sent.getlist("task") if is_uuid(one)]
        if not asked:
            return []
        mine = mine.filter(pk__in=asked)
    return list(mine.select_related("subject").order_by("created", "id")[:AT_ONCE])


def meant(request: SignedInRequest, tasks: TaskQuerySet) -> TaskQuerySet:
    """Return those that failed; with `like`, only those with the same reason."""
    like = (request.POST or request.GET).get("like", "")
    tasks = tasks.failed()
    return tasks.like(get_object_or_404(tasks, pk=like)) if is_uuid(like) else tasks


def in_one_team(
    request: SignedInRequest, more: Sequence[uuid.UUID | None]
) -> list[Image]:
    """Return the named pictures, all of one team: work belongs to one.

    It need not be the team in use: a batch can be watched from any.
    """
    mine = Image.objects.kept().changeable_by(request.user)
    mine = mine.filter(pk__in=[*chosen_ids(request), *more])
    found = list(
        mine.select_related("blob", "team").order_by("created", "id")[:AT_ONCE]
    )
    return [one for one in found if one.team_id == found[0].team_id]


def team_of(request: SignedInRequest, images: Sequence[Image]) -> Team:
    """Return the team whose work this is: that of the pictures, if there are any."""
    return images[0].team if images else current_team(request)


def named(request: SignedInRequest) -> list[Image]:
    """Return the stored pictures of the team in use that the form names."""
    mine = (
        Image.objects.kept()
        .changeable_by(request.user)
        .filter(team=current_team(request), pk__in=chosen_ids(request))
    )
    return list(mine.select_related("blob").order_by("created", "id")[:AT_ONCE])


def begin(request: SignedInRequest, images: Sequence[Image]) -> HttpResponse:
    """Start what the form orders, and go where it can be watched. Raises Refusal."""
    if not images:
        raise Refusal(_("Choose at least one picture first."))
    if "unknown" in request.POST and request.POST.get("confirmed") != "yes":
        raise Refusal(_("Please confirm that it may be paid twice, or leave it out."))
    found = offers(images[0].team, request.POST)
    offer = chosen(found, request.POST.get("order"))
    if offer is None:
        text = ngettext("%d picture is stored.", "%d pictures are stored.", len(images))
        messages.success(request, text % len(images))
        return redirect("library")
    order = offer.order()
    team, person = images[0].team, offer.person
    subject = person.obtain(team, request.user) if person else None
    batch = Task.objects.start(
        images,
        order,
        team=team,
        user=request.user,
        subject=subject,
        name=name_of(images, order),
        key=uuid.UUID(key) if is_uuid(key := request.POST.get("key", "")) else None,
    )
    return redirect("batch", batch.pk)


def name_of(images: Sequence[Image], order: Order) -> str:
    """Name a batch after what is done and to what."""
    what = str(order.operation.label)
    if len(images) == 1:
        return f"{what}: {images[0].name}"
    count = ngettext("%d picture", "%d pictures", len(images)) % len(images)
    return f"{what}: {count}"
