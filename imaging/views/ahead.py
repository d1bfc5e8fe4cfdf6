"""What can be said of files before they are sent: verdicts, and what is here already.

The browser reads the facts from the file's header; what they mean is decided here, by
the code that decides it for a stored picture.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from imaging import pictures
from imaging.language.readout import read_out
from imaging.middleware import SignedInRequest, current_team
from imaging.models import Blob, Image, Order, Refusal, Task
from imaging.models.costs import Purse
from imaging.models.forecasts import purse_of
from imaging.models.orders import facts_of
from imaging.providers.base import Facts, Operation, Provider, Verdict
from imaging.views.offers import Offer, chosen, offers
from imaging.views.orders import AT_ONCE, named

HEAD = re.compile(r"(?:[0-9a-f]{2}){0,64}")
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST = 2**53  # what a script can count to
BEST_FIRST = ("ok", "adapted", "blocked")


@dataclass(frozen=True)
class Announced:
    """A file as the browser describes it; sides as stored, 0 where it cannot tell."""

    name: str
    size: int
    head: bytes
    width: int
    height: int
    orientation: int
    frames: int
    has_alpha: bool

    @classmethod
    def read(cls, said: Any) -> Announced:
        """Take what a script has sent at its types only. Raises ValueError."""
        if not isinstance(said, dict) or not HEAD.fullmatch(str(said.get("head"))):
            raise ValueError("This is no description of a file.")
        return cls(
            name=pictures.clean_name(str(said.get("name", ""))[:1_000]),
            size=number(said, "size"),
            head=bytes.fromhex(said["head"]),
            width=number(said, "width"),
            height=number(said, "height"),
            orientation=number(said, "orientation") or 1,
            frames=number(said, "frames") or 1,
            has_alpha=bool(said.get("has_alpha")),
        )

    def facts(self) -> Facts | None:
        """Return the facts, upright; None where only the whole file would tell them.

        Raises pictures.Refused for what would be refused anyway.
        """
        sides = (self.width, self.height) if self.width and self.height else None
        form = pictures.foresee(self.size, self.head, sides)
        if not sides:
            return None
        width, height = reversed(sides) if self.orientation >= 5 else sides
        return Facts(
            name=self.name,
            format=form.name,
            size=self.size,
            width=width,
            height=height,
            has_alpha=self.has_alpha,
            frames=self.frames,
            orientation=self.orientation,
        )


def number(said: Mapping[str, Any], name: str) -> int:
    """Return a whole number that is not negative. Raises ValueError."""
    value = said.get(name, 0)
    if type(value) is not int or not 0 <= value <= MOST:
        raise ValueError(f"{name} is no number that a file can have.")
    return value


@require_POST
def verdicts(request: SignedInRequest) -> JsonResponse:
    """Say of each announced file whether it is taken, and who can do what with it.

    The form is the one that would begin the work, with `facts` beside it. Pictures
    that it names are judged, too.
    """
    try:
        files = [Announced.read(one) for one in listed(request, "facts")]
    except ValueError as error:
        return malformed(error)
    found, problem, order = offers(current_team(request), request.POST), "", None
    try:
        if offer := chosen(found, request.POST.get("order")):
            order = offer.order()
    except Refusal as refusal:
        problem = refusal.message
    stored = {str(one.pk): facts_of(one) for one in named(request)}
    tempo = Task.objects.tempo(current_team(request), order) if order else 1
    purse = purse_of(current_team(request), order) if order else None
    return JsonResponse(
        {
            "problem": problem,
            "purse": purse and in_short(purse),
            "files": [announced(file, found, order, tempo) for file in files],
            "images": {
                pk: judged(one, found, order, tempo) for pk, one in stored.items()
            },
        }
    )


def in_short(purse: Purse) -> dict[str, object]:
    """Return what may be spent, in the words of the page that begins the work."""
    at, left = purse.balance_at, purse.left
    return {
        "budget": purse.budget_shown,
        "balance": purse.balance_shown,
        "at": at.isoformat() if at else "",
        "left": None if left is None else float(left),
    }


def announced(
    file: Announced, found: list[Offer], order: Order | None, tempo: float
) -> dict[str, object]:
    """Return the verdict on one file: of this site, then of each provider."""
    try:
        facts = file.facts()
    except pictures.Refused as error:
        return {"refused": {"code": error.code, "message": read_out(error.message)}}
    return judged(facts, found, order, tempo) if facts else {"chips": []}


def judged(
    facts: Facts, found: list[Offer], order: Order | None, tempo: float
) -> dict[str, object]:
    """Return what each provider says, and all about the one that is chosen."""
    answer: dict[str, object] = {"chips": list(chips(facts, found, order))}
    if order:
        verdict = order.operation.check(facts, order.options)
        cost = order.operation.estimate(facts, order.options)
        answer |= {"state": verdict.state, "reason": verdict.reason}
        answer |= {
            "seconds": cost.seconds * tempo,
            "cost": cost.cost,
            "unit": cost.unit,
            "free": order.is_free,
        }
    return answer


def chips(
    facts: Facts, found: list[Offer], order: Order | None
) -> Iterator[dict[str, str]]:
    """Say for each provider whether it takes the picture.

    The one that is chosen speaks of what is chosen, the others of what suits best.
    """
    usable = [offer for offer in found if offer.account]
    for provider in dict.fromkeys(offer.provider for offer in usable):
        if order and order.provider is provider:
            verdict = order.operation.check(facts, order.options)
        else:
            offered = [one.operation for one in usable if one.provider is provider]
            verdict = best(offered, facts)
        yield {"state": verdict.state, "text": in_words(provider, verdict)}


def best(offered: Sequence[Operation], facts: Facts) -> Verdict:
    """Return the friendliest verdict among all that a provider does."""
    verdicts = [one.check(facts, one.defaults()) for one in offered]
    return min(verdicts, key=lambda verdict: BEST_FIRST.index(verdict.state))


def in_words(provider: Provider, verdict: Verdict) -> str:
    """Return a verdict as short as a chip: how, or which limit and measured value."""
    if verdict.state == "ok":
        return str(provider.label)
    words = {"provider": provider.label, "reason": verdict.reason}
    if not verdict.measured:
        return _("%(provider)s: %(reason)s") % words
    words |= {"measured": verdict.measured, "limit": verdict.limit}
    return _("%(provider)s: %(measured)s, limit %(limit)s") % words


@require_POST
def known(request: SignedInRequest) -> JsonResponse:
    """Say which of these digests are here, as pictures that this person may use."""
    try:
        digests = [one for one in listed(request, "digests") if is_digest(one)]
    except ValueError as error:
        return malformed(error)
    # In two steps: where nothing is here, no image is looked at.
    blobs = Blob.objects.filter(team=current_team(request), stored=True)
    here = list(blobs.filter(digest__in=digests).values_list("pk", flat=True))
    mine = Image.objects.changeable_by(request.user).filter(blob__in=here)
    newest_last = mine.select_related("blob").order_by("created")
    found = {image.blob.digest: described(image) for image in newest_last}
    return JsonResponse({"known": found})


def described(image: Image) -> dict[str, object]:
    """Return what the upload panel shows of a stored picture."""
    return {
        "id": str(image.pk),
        "name": image.name,
        "size": image.blob.size,
        "width": image.blob.width,
        "height": image.blob.height,
        "url": reverse("image", args=[image.pk]),
        "thumbnail": reverse("rendition", args=[image.pk, "320"]),
    }


def is_digest(text: object) -> bool:
    return isinstance(text, str) and bool(DIGEST.fullmatch(text))


def listed(request: SignedInRequest, field: str) -> list[Any]:
    """Return the list in this field of the form. Raises ValueError."""
    try:
        said = json.loads(request.POST.get(field, "null"))
    except RecursionError as error:
        raise ValueError(f"{field} is nested too deeply.") from error
    if not isinstance(said, list) or len(said) > AT_ONCE:
        raise ValueError(f"{field} is no list of at most {AT_ONCE}.")
    return said


def malformed(error: ValueError) -> JsonResponse:
    return JsonResponse({"code": "malformed", "message": str(error)}, status=400)
