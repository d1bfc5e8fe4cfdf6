"""What shall be done to pictures: everything on offer, and the beginning of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from imaging.language.readout import read_out
from imaging.middleware import SignedInRequest, current_team
from imaging.models import (
    Batch,
    Gallery,
    Image,
    Order,
    PickList,
    Recipe,
    Refusal,
    Role,
    Task,
    Team,
)
from imaging.models.forecasts import Forecast
from imaging.models.tasksets import TaskQuerySet
from imaging.views.chosen import chosen_ids, is_uuid
from imaging.views.offers import chosen, offers, ordering

AT_ONCE = 1_000


@require_http_methods(["GET", "POST"])
def process(request: SignedInRequest) -> HttpResponse:
    """Ask what shall be done to pictures that are here already, and begin it.

    They are named by `image`, by `picks`, a guest's list, or by tasks that shall be
    done again with changes: by `task`, or by `failed`, a batch (and `like`, one task
    with the reason that counts), and by another provider if `by` names one. What comes
    of it is hung in `gallery`.
    """
    tasks = again(request)
    more = [task.image_id for task in tasks] + picked(request)
    images = in_one_team(request, more)
    if "order" not in request.POST:
        return page(request, images, tasks=tasks)
    if request.htmx:  # type: ignore[attr-defined]
        return verdict(request, images)
    if "look" in request.POST:
        return page(request, images)
    if "leave" in request.POST:
        filled = ordering(team_of(request, images), request.POST)
        return page(request, forecast(images, filled).taken)
    try:
        if not images:
            raise Refusal(_("Choose at least one picture first."))
        if "keep" in request.POST:
            return keep(request, images)
        return begin(request, images)
    except Refusal as refusal:
        return page(request, images, read_out(refusal.message))


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
    filled = ordering(team_of(request, images), sent, like, request.GET.get("by", ""))
    context = {
        **filled,
        "images": images,
        "gallery": wall(request, images, like),
        "problem": problem,
        "like": like,
        "unknown": unknown or request.POST.getlist("unknown"),
        "forecast": forecast(images, filled),
    }
    status = 422 if problem else 200
    return render(request, "process/page.html", context, status=status)


def verdict(request: SignedInRequest, images: Sequence[Image]) -> HttpResponse:
    """Say what would become of the pictures with the options as they stand now."""
    filled = ordering(team_of(request, images), request.POST)
    context = {"forecast": forecast(images, filled), "live": True}
    return render(request, "process/_forecast.html", context)


def forecast(images: Sequence[Image], filled: Mapping[str, Any]) -> Forecast:
    """Ask the chosen operation about each picture; a wrong option leaves it unasked.

    `filled` is what `ordering` returns.
    """
    offer = chosen(filled["offers"], filled["order"])
    if offer is None:
        return Forecast.unknown(images)
    try:
        order = offer.order() if offer.form.is_bound else offer.default()
    except Refusal as refusal:
        return Forecast.unknown(images, read_out(refusal.message))
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
    found = mine.select_related("subject", "batch").order_by("created", "id")
    return list(found[:AT_ONCE])


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
    mine = Image.objects.changeable_by(request.user)
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
    mine = Image.objects.changeable_by(request.user).filter(
        team=current_team(request), pk__in=chosen_ids(request)
    )
    return list(mine.select_related("blob").order_by("created", "id")[:AT_ONCE])


def begin(request: SignedInRequest, images: Sequence[Image]) -> HttpResponse:
    """Start what the form orders, and go where it can be watched. Raises Refusal."""
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
        gallery=wall(request, images),
    )
    return redirect("batch", batch.pk)


def picked(request: SignedInRequest) -> list[uuid.UUID | None]:
    """Return the pictures of the guest's list that the address names."""
    if not is_uuid(asked := request.GET.get("picks", "")):
        return []
    found = get_object_or_404(PickList.objects.visible_to(request.user), pk=asked)
    return list(found.picks.shown().values_list("image", flat=True))


def wall(
    request: SignedInRequest, images: Sequence[Image], like: Task | None = None
) -> Gallery | None:
    """Return where the results shall hang: as named, or as those of `like` were to.

    One that is gone meanwhile, or not this person's to fill, is none: the work is done
    in any case.
    """
    asked = (request.POST or request.GET).get("gallery", "")
    if not is_uuid(asked):
        asked = str(like.batch.gallery_id) if like and like.batch.gallery_id else ""
    if not (asked and images):
        return None
    mine = Gallery.objects.changeable_by(request.user).filter(team=images[0].team_id)
    return mine.filter(pk=asked).first()


def keep(request: SignedInRequest, images: Sequence[Image]) -> HttpResponse:
    """Keep what is filled in as a recipe, or its next step. Raises Refusal."""
    team = images[0].team
    if team.role_of(request.user) not in {Role.OWNER, Role.EDITOR}:
        raise Refusal(_("Only owners and editors of the team change its recipes."))
    offer = chosen(offers(team, request.POST), request.POST.get("order"))
    if offer is None or offer.recipe:
        raise Refusal(_("Choose one operation to keep."))
    recipe = Recipe.objects.keep(team, request.POST.get("recipe", ""), offer.order())
    messages.success(
        request,
        _("Kept as step %(number)d of %(recipe)s.")
        % {"number": len(recipe.kept), "recipe": recipe.name},
    )
    return redirect("recipes")


def name_of(images: Sequence[Image], order: Order) -> str:
    """Name a batch after what is done and to what."""
    what = order.name or str(order.operation.label)
    if len(images) == 1:
        return f"{what}: {images[0].name}"
    count = ngettext("%d picture", "%d pictures", len(images)) % len(images)
    return f"{what}: {count}"
