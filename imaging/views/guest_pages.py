"""The pages of a gallery for guests: its pictures, one of them, two side by side."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from imaging.delivery import handout
from imaging.models import GalleryItem, Image, PickList, ShareLink
from imaging.models.galleries import GalleryItemQuerySet
from imaging.views.chosen import last_seen, leaf
from imaging.views.guests import (
    as_guest,
    guest_of,
    guest_view,
    kept,
    let_in,
    may_enter,
    shown_item,
    visit_of,
)
from imaging.views.image import MODES
from imaging.views.library import named_again

# So many pictures stand before the one that a guest comes back to: a row or two.
LEAD = 8


@require_http_methods(["GET", "HEAD", "POST"])
@guest_view
def share(request: HttpRequest, link: ShareLink) -> HttpResponseBase:
    """Show the gallery, behind the password if there is one.

    `after` and `before` name the picture that a page begins behind, or ends before; a
    script that appends pages gets the grid alone.
    """
    if request.method == "POST":
        return let_in(request, link)
    if not may_enter(request, link):
        return render(request, "share/password.html", {"link": link})
    here = link.shown()
    context = {
        "link": link,
        "left": left_for(request, link),
        **page_of(request, here),
    }
    context |= picks_of(request, link, context["items"])
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "share/_grid.html", context)
    if request.method == "GET" and not {"after", "before"} & set(request.GET):
        link.note_open(guest_of(request))
    context |= {
        "cover": cover_of(link, here, context["items"]),
        "count": here.count(),
        "parcel": handout.parcel(link) if context["left"] != 0 else None,
    }
    return as_guest(request, render(request, "share/page.html", context))


def left_for(request: HttpRequest, link: ShareLink) -> int | None:
    return link.left_for(visit_of(request, link).visitor)


def page_of(request: HttpRequest, here: GalleryItemQuerySet) -> dict[str, Any]:
    """Return one page of pictures, and the addresses of its neighbours."""
    if again := named_again(request):
        return {"items": list(here.filter(image__in=again))}
    before = last_seen(request, here, "before", "image")
    after = last_seen(request, here, "after", "image")
    items, newer, older = leaf(before, after, here.ahead_of, here.after)
    return {
        "items": items,
        "newer": f"?before={items[0].image_id}" if newer and items else "",
        "older": f"?after={items[-1].image_id}" if older and items else "",
        "astray": not items and (before or after),
    }


def picks_of(
    request: HttpRequest, link: ShareLink, items: Collection[GalleryItem]
) -> dict[str, Any]:
    """Return which of these this guest has picked, and the list that they are on."""
    found = PickList.objects.of(link, kept(request, "guest")) if link.picks else None
    if found is None:
        return {"picked": set(), "picks": None}
    found.link = link
    mine = found.picks.filter(image__in=[one.image_id for one in items])
    return {"picked": set(mine.values_list("image", flat=True)), "picks": found}


def cover_of(
    link: ShareLink, here: GalleryItemQuerySet, items: Sequence[GalleryItem]
) -> GalleryItem | None:
    """Return the picture that stands for the gallery; the first, if none was chosen.

    Of a page that begins further on, its own first: it is in the reader's hands.
    """
    wanted = link.gallery.cover_id if link.gallery else None
    chosen = here.filter(image=wanted).first() if wanted else None
    return chosen or next(iter(items), None)


@require_safe
@guest_view
def share_image(
    request: HttpRequest, link: ShareLink, pk: uuid.UUID
) -> HttpResponseBase:
    """Show one picture in screen size, with the way to its neighbours.

    `with` names another of the same original, which hangs here too, to compare with.
    """
    if not may_enter(request, link):
        return redirect("share", link.named)
    item = shown_item(request, link, pk)
    kin = kin_of(link, item.image)
    asked = request.GET.get("with", "")
    other = next((one for one in kin if str(one.image_id) == asked), None)
    if other:
        context = {"link": link, "item": item, "kin": kin, **pair(item, other)}
        mode = request.GET.get("mode")
        context["mode"] = mode if mode in MODES else MODES[0]
        return as_guest(request, render(request, "share/compare.html", context))
    here = link.shown()
    ahead = here.ahead_of(item)
    near = list(ahead[: LEAD + 1])
    context = {
        "link": link,
        "item": item,
        "kin": kin,
        "previous": near[0] if near else None,
        "following": here.after(item).first(),
        "place": ahead.count() + 1,
        "count": here.count(),
        "lead": near[LEAD] if near[LEAD:] else None,
        "left": left_for(request, link),
        **picks_of(request, link, [item]),
    }
    return as_guest(request, render(request, "share/image.html", context))


def kin_of(link: ShareLink, image: Image) -> list[GalleryItem]:
    """Return what else of the same original hangs here, that itself first."""
    root = image.root_id
    family = Q(image=root) | Q(image__parent=root) | Q(image__parent__parent=root)
    rows = link.shown().filter(family).exclude(image=image.pk)
    found = rows.select_related("image__parent").in_order()
    return sorted(found, key=lambda one: one.image_id != root)


def pair(item: GalleryItem, other: GalleryItem) -> dict[str, Any]:
    """Say which of the two is shown as the one before, and what both are called."""

    def rank(one: GalleryItem) -> tuple[bool, bool, int]:
        image = one.image
        return image.pk != image.root_id, bool(image.parent_id), one.number

    before, after = sorted((item, other), key=rank)
    from_original = before.image_id == after.image.root_id
    names = [_("Picture %d") % one.number for one in (before, after)]
    return {
        "other": other,
        "before": before,
        "after": after,
        "from_original": from_original,
        "before_label": _("Original") if from_original else names[0],
        "after_label": _("Result") if from_original else names[1],
    }
