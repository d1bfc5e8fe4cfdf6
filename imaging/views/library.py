"""The room where pictures hang: the library, a page at a time."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypedDict

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from imaging.middleware import SignedInRequest, current_team
from imaging.models import Download, Favourite, Gallery, Image, Label, Role, User
from imaging.models.imagesets import ImageQuerySet
from imaging.templatetags.darkroom import ratio
from imaging.views.chosen import PAGE, chosen_ids, last_seen, leaf, wants_data, way_back
from imaging.views.filters import Filters

# Nobody needs to know it exactly beyond this, and counting has its price.
COUNTED = 1_000
GRID = "library/_grid.html"


class Tile(TypedDict):
    """One picture as it hangs in the grid, with all that its template says of it."""

    image: Image
    pk: str
    name: str
    family: str
    page: str
    small: str
    large: str
    select: str
    blur: str
    width: int
    height: int
    ratio: str
    signs: bool
    results: int
    downloads: int
    loved: bool
    score: int


@require_GET
def library(request: SignedInRequest) -> HttpResponse:
    """Show the team's pictures, newest first.

    `after` names the picture that the page begins behind, `before` the one that it
    ends before; a script that appends pages gets the grid alone.
    """
    team = current_team(request)
    mine = Image.objects.visible_to(request.user).filter(team=team).as_tiles()
    if again := named_again(request):
        images = list(mine.filter(pk__in=again))
        return render(request, GRID, {"tiles": tiles(images, request.user)})
    filters = Filters(request.GET, team, request.user)
    rows = filters.apply(mine)
    context = {**page_of(rows, request, filters), "filters": filters}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, GRID, context)
    context |= {
        "count": count_of(rows, context),
        "counted": COUNTED,
        "may_change": team.role_of(request.user) != Role.VIEWER,
        "labels": [one for one in Label if one],
    }
    return render(request, "library/page.html", context)


def named_again(request: HttpRequest) -> list[uuid.UUID]:
    """Return the pictures whose tiles a script wants filled again, as many as it may.

    By their names, and not by the page they came with: what hung there may have moved.
    """
    return chosen_ids(request)[:PAGE] if request.htmx else []  # type: ignore[attr-defined]


def page_of(
    rows: ImageQuerySet, request: SignedInRequest, filters: Filters
) -> dict[str, object]:
    """Return one page of tiles, and the addresses of its neighbours."""
    here = Image.objects.filter(team=current_team(request))
    before = last_seen(request, here, "before")
    after = None if before else last_seen(request, here)
    images, newer, older = leaf(before, after, rows.since, rows.newest)
    first, last = (str(images[0].pk), str(images[-1].pk)) if images else ("", "")
    return {
        "tiles": tiles(images, request.user),
        "newer": newer and images and filters.address(before=first),
        "older": older and images and filters.address(after=last),
        "whole": not newer and not older,
        # The end was reached, or what stood there is gone: not an empty library.
        "astray": not images and (before or after),
    }


def tiles(
    images: Sequence[Image],
    user: User,
    scores: Mapping[uuid.UUID, int] | None = None,
    gallery: Gallery | None = None,
) -> list[Tile]:
    """Add the counts and the heart that a tile shows, for all of them at once.

    From those in a gallery one goes from picture to picture of that.
    """
    pks = [image.pk for image in images]
    parents = Image.objects.kept().whole().filter(parent__in=pks).values_list("parent")
    results = Counter(parent for (parent,) in parents)
    downloads = Download.objects.counts(images)
    loved = Favourite.objects.among(pks, user)
    scores = scores or {}
    page, select = addresses("image"), _("Select %(name)s")
    page += f"?of={gallery.pk}" if gallery else ""
    small, large = addresses("rendition", "320"), addresses("rendition", "640")
    named = [(image, str(image.pk)) for image in images]
    return [
        {
            "image": image,
            "pk": pk,
            "name": image.name,
            "family": str(image.parent_id or pk),
            "page": page % pk,
            "small": small % pk,
            "large": large % pk,
            "select": select % {"name": image.name},
            "blur": image.blob.placeholder,
            "width": image.blob.width,
            "height": image.blob.height,
            "ratio": ratio(image.blob),
            "signs": bool(
                image.label
                or image.chosen
                or image.parent_id
                or results[image.pk]
                or image.pk in loved
            ),
            "results": results[image.pk],
            "downloads": downloads.get(image.pk, 0),
            "loved": image.pk in loved,
            "score": scores.get(image.pk, 0),
        }
        for image, pk in named
    ]


def addresses(route: str, *named: str) -> str:
    """Return the address of any picture, with %s for its id: looked up but once."""
    nobody = uuid.UUID(int=0)
    address = reverse(route, args=[nobody, *named]).replace("%", "%%")
    return address.replace(str(nobody), "%s")


def count_of(rows: ImageQuerySet, context: dict[str, object]) -> int:
    """Count the pictures, up to one more than COUNTED."""
    if context["whole"]:
        return len(context["tiles"])  # type: ignore[arg-type]
    return rows.order_by("-created", "-id").values("pk")[: COUNTED + 1].count()


@require_GET
def image_facts(request: SignedInRequest, pk: uuid.UUID) -> HttpResponse:
    """Tell about one picture in a few lines, without leaving the grid."""
    mine = Image.objects.visible_to(request.user)
    found = get_object_or_404(mine.select_related("blob", "owner", "task"), pk=pk)
    return render(request, "library/_facts.html", {"image": found})


@require_POST
def label_set(request: SignedInRequest) -> HttpResponse:
    """Give the named pictures one label, or with 0 take theirs away."""
    value = request.POST.get("label", "")
    if value not in {str(one) for one in Label.values}:
        return HttpResponse(_("There is no such label."), status=400)
    mine = Image.objects.changeable_by(request.user).filter(pk__in=chosen_ids(request))
    # Read first: an update of rows that are chosen by a join repeats the join.
    pks = list(mine.values_list("pk", flat=True))
    if not pks:
        raise Http404
    Image.objects.filter(pk__in=pks).update(label=int(value))
    text = ngettext("%(n)d picture: %(label)s.", "%(n)d pictures: %(label)s.", len(pks))
    said = text % {"n": len(pks), "label": Label(int(value)).label}
    if wants_data(request):
        return JsonResponse({"ids": pks, "said": said})
    messages.success(request, said)
    return redirect(way_back(request))
