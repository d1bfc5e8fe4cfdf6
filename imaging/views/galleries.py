"""The room of the galleries: pictures chosen from the library, put in order."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
)

from imaging.forms.galleries import GalleryForm
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Gallery, Image, Label, Role, Team
from imaging.models.galleries import GalleryItemQuerySet
from imaging.views.chosen import PAGE, chosen_ids, is_uuid, last_seen, leaf, way_back
from imaging.views.filters import GalleryFilters
from imaging.views.library import COUNTED, GRID, named_again, tiles

# So many are offered when pictures are added, the newest first.
OFFERED = 200


def visible(request: SignedInRequest, pk: uuid.UUID) -> Gallery:
    mine = Gallery.objects.visible_to(request.user).select_related("team", "owner")
    return get_object_or_404(mine, pk=pk)


def changeable(request: SignedInRequest, pk: uuid.UUID) -> Gallery:
    mine = Gallery.objects.changeable_by(request.user).select_related("team", "owner")
    return get_object_or_404(mine, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def galleries(request: SignedInRequest) -> HttpResponse:
    """List the team's galleries, newest first; make a new one."""
    team = current_team(request)
    may_add = team.takes_from(request.user)
    form = GalleryForm(request.user, team, request.POST or None)
    if request.method == "POST":
        if not may_add:
            raise PermissionDenied
        if form.is_valid():
            return redirect("gallery", form.make().pk)
    mine = Gallery.objects.visible_to(request.user).filter(team=team)
    place = last_seen(request, mine)
    rows = list(mine.with_facts(COUNTED).newest(place)[: PAGE + 1])
    fronts = Image.objects.kept().select_related("blob")
    covers = fronts.in_bulk([one.front for one in rows if one.front])
    context = {
        "galleries": [(one, covers.get(one.front)) for one in rows[:PAGE]],
        "counted": COUNTED,
        "last": rows[PAGE - 1] if rows[PAGE:] else None,
        "after": place,
        "may_add": may_add,
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "galleries/page.html", context, status=status)


@require_GET
def gallery(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the pictures of a gallery as they hang there.

    `after` and `before` name the picture that a page begins behind, or ends before.
    """
    arranged = Gallery.objects.arranged_by(request.user).filter(pk=OuterRef("pk"))
    seen = Gallery.objects.visible_to(request.user).select_related("team", "owner")
    seen = seen.annotate(may_arrange=Exists(arranged))
    found = get_object_or_404(seen, pk=pk)
    hung: GalleryItemQuerySet = found.items.shown()
    if named := named_again(request):
        mine = Image.objects.filter(gallery_items__in=hung.filter(image__in=named))
        images = list(mine.as_tiles())
        again = tiles(images, request.user, gallery=found)
        return render(request, GRID, {"tiles": again})
    filters = GalleryFilters(request.GET, found.team, request.user)
    rows = filters.among(hung)
    context = {"gallery": found, **page_of(request, found, rows, filters)}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, GRID, context)
    may_arrange: bool = found.may_arrange  # type: ignore[attr-defined]
    count = rows.values("pk")[: COUNTED + 1].count()
    # Of all that hangs there the bytes are told, too, as far as they are counted.
    counted = filters.as_hung and count <= COUNTED
    context |= {
        "filters": filters,
        "count": count,
        "bytes": counted and rows.aggregate(sum=Sum("image__blob__size"))["sum"],
        "counted": COUNTED,
        "may_change": found.team.role_of(request.user) != Role.VIEWER,
        "may_arrange": may_arrange,
        "may_move": may_arrange and filters.as_hung,
        "labels": [one for one in Label if one],
    }
    return render(request, "gallery/page.html", context)


def page_of(
    request: SignedInRequest,
    found: Gallery,
    rows: GalleryItemQuerySet,
    filters: GalleryFilters,
) -> dict[str, Any]:
    """Return one page of tiles, and the addresses of its neighbours."""
    rows = rows.as_tiles()
    # The picture at which a page begins or ends may be in the trash.
    here: GalleryItemQuerySet = found.items.all()
    before = last_seen(request, here, "before", "image")
    after = last_seen(request, here, "after", "image")
    items, newer, older = leaf(before, after, rows.ahead_of, rows.after)
    return {
        "tiles": tiles([one.image for one in items], request.user, gallery=found),
        "newer": newer and items and filters.address(before=str(items[0].image_id)),
        "older": older and items and filters.address(after=str(items[-1].image_id)),
        "astray": not items and (before or after),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def gallery_add(request: SignedInRequest) -> HttpResponse:
    """Hang the chosen pictures in a gallery; ask in which, or for a new one's name."""
    pks = chosen_ids(request)
    seen = Image.objects.visible_to(request.user).filter(pk__in=pks)
    of = dict(seen.values_list("pk", "team"))
    # All go into one team's gallery, and so come from one team.
    first = next((of[pk] for pk in pks if pk in of), None)
    chosen = [pk for pk in pks if of.get(pk) == first and first]
    team = next((one for one in request.user.own_teams() if one.pk == first), None)
    if not chosen or team is None:
        return render(request, "gallery/add.html", {"images": []})
    mine = Gallery.objects.changeable_by(request.user).filter(team=team)
    if request.method == "POST" and (found := wanted(request, team)):
        return added(request, found, chosen)
    context = {
        "new": "new" in request.POST,
        "images": chosen,
        "ids": ",".join(map(str, chosen)),
        "galleries": mine.with_facts(COUNTED).newest()[:OFFERED],
        "counted": COUNTED,
        "may_add": team.takes_from(request.user),
        "problem": "name" in request.POST,
    }
    status = 422 if context["problem"] else 200
    return render(request, "gallery/add.html", context, status=status)


def wanted(request: SignedInRequest, team: Team) -> Gallery | None:
    """Return the gallery that was chosen, or a new one of the name typed in."""
    if asked := request.POST.get("gallery", ""):
        if not is_uuid(asked):
            raise Http404
        mine = Gallery.objects.changeable_by(request.user).filter(team=team)
        return get_object_or_404(mine, pk=asked)
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())
    if not name:
        return None
    if not team.takes_from(request.user):
        raise PermissionDenied
    longest = Gallery._meta.get_field("name").max_length
    return Gallery.objects.create(team=team, owner=request.user, name=name[:longest])


def added(
    request: SignedInRequest, found: Gallery, chosen: list[uuid.UUID]
) -> HttpResponse:
    """Hang the pictures, and say how many of them are new there."""
    count = len(found.add(chosen, request.user))
    said = ngettext(
        "%(n)d picture was added to %(name)s.",
        "%(n)d pictures were added to %(name)s.",
        count,
    ) % {"n": count, "name": found.name}
    if count < len(chosen):
        there = len(chosen) - count
        text = ngettext("%d was there.", "%d were there.", there)
        said = f"{said} {text % there}"
    messages.success(request, said)
    return redirect("gallery", found.pk)


@require_POST
def gallery_remove(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the chosen pictures out of a gallery; they stay in the library."""
    count = changeable(request, pk).take_out(chosen_ids(request))
    if not count:
        raise Http404
    text = ngettext(
        "%d picture was taken out. It stays in the library.",
        "%d pictures were taken out. They stay in the library.",
        count,
    )
    messages.success(request, text % count)
    return redirect(way_back(request))


@require_POST
def gallery_cover_set(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Let the first chosen picture stand for the gallery."""
    found = changeable(request, pk)
    hung = found.items.shown().in_order().filter(image__in=chosen_ids(request))
    item = get_object_or_404(hung[:1])
    Gallery.objects.filter(pk=found.pk).update(cover=item.image_id)
    messages.success(request, _("The cover is chosen."))
    return redirect(way_back(request))


@require_http_methods(["GET", "HEAD", "POST"])
def gallery_edit(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Change name, description and who sees it."""
    found = changeable(request, pk)
    form = GalleryForm(request.user, found.team, request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("gallery", pk)
    return edit_page(request, found, form)


def edit_page(
    request: SignedInRequest, found: Gallery, form: GalleryForm, problem: str = ""
) -> HttpResponse:
    name = Gallery.objects.values_list("name", flat=True).get(pk=found.pk)
    context = {"gallery": found, "name": name, "form": form, "problem": problem}
    status = 422 if request.method == "POST" else 200
    return render(request, "gallery/edit.html", context, status=status)


@require_POST
def gallery_delete(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Delete a gallery; its pictures stay, its links are switched off."""
    found = changeable(request, pk)
    if request.POST.get("sure") != "yes":
        form = GalleryForm(request.user, found.team, instance=found)
        return edit_page(request, found, form, _("Tick the box first."))
    found.erase()
    messages.success(request, _("%s is deleted. Its pictures stay.") % found.name)
    return redirect("galleries")
