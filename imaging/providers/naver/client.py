"""Search assets and visual search at Naver Cloud, as a provider.

Page "Get search asset upload status" and those around it; see `wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging.failures import ProviderError
from imaging.providers.accounts import Account, Credential
from imaging.providers.base import Job, Output, Progress, Provider, ResultKind, Ticket
from imaging.providers.limits import megabytes, sent_as
from imaging.providers.naver import wire
from imaging.providers.naver.calls import AGAIN, Calls
from imaging.providers.naver.operations import LIMITS, Search, SearchAsset

# So often is asked for a file that was just put.
LOOKS = 3


class Client(Provider):
    key = "naver"
    label = _("Naver Media Intelligence")
    summary = _("Visual search: a key to search by, and what it finds.")
    pace = 0.5
    rate = wire.COMPLETE_CALLS[0] / wire.COMPLETE_CALLS[1]
    deadline = 900.0
    job_id = "search"
    home = wire.HOME
    credentials = (
        Credential("access_key", _("Access key"), secret=False),
        Credential("secret_key", _("Secret key")),
        Credential(
            "workspace",
            _("Workspace"),
            secret=False,
            required=False,
            help=_("Where to search; without one, keys are made and nothing searched."),
        ),
    )
    how_to_join = _(
        "Open an account at ncloud.com, subscribe to Media Intelligence, and make an "
        "access key in the console under My Account."
    )
    operations = (SearchAsset(), Search())

    def pace_after(self, polls: int) -> float:
        """Ask every second at first, later every five."""
        return min(1.0 + polls / 5, 5.0)

    def submit(self, job: Job, ticket: Ticket) -> None:
        """Upload, unless the file is there already.

        After a crash or a lost answer Naver is asked first, so nothing is sent twice.
        """
        calls = Calls(job.account)
        if "key" not in ticket or not self._accepted(calls, job, ticket):
            self._upload(calls, job, ticket)

    def poll(self, job: Job, ticket: Ticket) -> Progress:
        """Ask whether the upload counts, then how the search is doing."""
        calls = Calls(job.account)
        if not self._accepted(calls, job, ticket):
            # The store may be a moment behind.
            looks = ticket["looks"] + 1
            ticket.learn(looks=looks)
            raise absent(permanent=looks > LOOKS)
        if job.operation == SearchAsset.key:
            return Progress(done=True)
        self._begin_search(calls, job, ticket)
        hits = calls.hits(workspace_of(job), ticket["search"])
        if hits.status == "FAILED":
            message = _t("Naver Cloud's search failed, without a reason.")
            hint = str(AGAIN)
            raise ProviderError(message, "search_failed", permanent=True, hint=hint)
        return Progress(hits.status == "COMPLETED")

    def fetch(self, job: Job, ticket: Ticket) -> list[Output]:
        """Return the key, and for a search all that it found."""
        if job.operation == SearchAsset.key:
            return [asset(ticket)]
        calls, page = Calls(job.account), 1
        entries: list[dict[str, Any]] = []
        wanted = int(job.options["most"])
        while True:
            hits = calls.hits(workspace_of(job), ticket["search"], page)
            entries += hits.entries
            if len(entries) >= wanted or page >= hits.pages or not hits.entries:
                break
            page += 1
        found = {
            "asset_key": ticket["asset"],
            "total": hits.total,
            "matches": [match(one) for one in entries[:wanted]],
        }
        return [Output(ResultKind.MATCHES, f"{job.facts.name}.json", data=found)]

    def inquire(self, account: Account) -> dict[str, Any]:
        """Ask whether the keys are good, and the workspace exists."""
        calls = Calls(account)
        name = account.values.get("workspace", "")
        if not name:
            return {"workspaces": calls.workspaces()}
        try:
            found = calls.workspace(name)
        except ProviderError as error:
            if error.code not in {"naver_10404", "naver_300", "naver_404"}:
                raise
            there = ", ".join(calls.workspaces()[:10]) or _t("none")
            message = _t("There is no workspace %(name)s; there are: %(there)s.")
            raise ProviderError(
                message % {"name": name, "there": there}, "workspace", permanent=True
            ) from error
        return {"workspaces": [name], "analyses": found.get("monthlyAnalysisCount")}

    def _upload(self, calls: Calls, job: Job, ticket: Ticket) -> None:
        """Ask for an address, and put a file there that Naver takes, at once."""
        with LIMITS.fitted(job) as path:
            # The task's own name: it says nothing of the person in the picture.
            name, media_type = sent_as(job.key, path)
            job.progress(0.3)
            address = calls.presign(name)
            # The address itself is not kept: whoever has it can write there.
            ticket.learn(key=address.key, size=path.stat().st_size, looks=0)
            calls.put(address, path, media_type)

    def _accepted(self, calls: Calls, job: Job, ticket: Ticket) -> bool:
        """Ask whether the upload counts, and keep its key; False when it is not there.

        Raises ProviderError for an image that is refused.
        """
        if "asset" in ticket:
            return True
        status = calls.complete(ticket["key"])
        if status.completed:
            # Of a HEIC this is the key of the JPG that was made from it.
            ticket.learn(asset=status.key)
            return True
        if status.reason == wire.ABSENT:
            return False
        raise rejected(job, ticket, status.reason)

    @staticmethod
    def _begin_search(calls: Calls, job: Job, ticket: Ticket) -> None:
        """Begin a search by the key; the price of one is not documented: once."""
        query = Search.query(ticket["asset"], job.options)
        ticket.once("search", lambda: calls.search(workspace_of(job), query))


def workspace_of(job: Job) -> str:
    """Return where to search. Raises ProviderError when the account names none."""
    if name := job.account.values.get("workspace", ""):
        return name
    raise ProviderError(
        _t("The account with Naver names no workspace to search in."),
        "no_workspace",
        permanent=True,
        hint=_t("Enter one in the team's settings, then retry."),
    )


def asset(ticket: Ticket) -> Output:
    """Return the key of an uploaded image as a result."""
    key = ticket["asset"]
    return Output(ResultKind.ASSET, key, data={"key": key})


def match(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return one hit in neutral words; the entry's names are not documented: kept."""
    score = entry.get("score")
    names = ("assetKey", "assetFileKey", "imageKey")
    key = next((entry[one] for one in names if isinstance(entry.get(one), str)), "")
    kind, number = entry.get("assetType"), entry.get("assetId")
    return {
        "score": score if isinstance(score, int | float) else None,
        "key": key,
        "label": " ".join(str(one) for one in (kind, number) if one is not None),
        "raw": dict(entry),
    }


def absent(*, permanent: bool) -> ProviderError:
    """Say that an upload is not to be found; at first, that may be a delay."""
    return ProviderError(
        _t("Naver Cloud does not find the file that was uploaded to it."),
        "file_not_exist",
        permanent=permanent,
        hint=_t("Retry it: it is uploaded again, to a new address."),
        retry_after=1.0,
    )


def rejected(job: Job, ticket: Ticket, reason: str) -> ProviderError:
    """Say why an uploaded image is not taken, with the limit and what was measured."""
    if reason == wire.TOO_LARGE:
        message = _t(
            "Naver Cloud takes files of at most %(limit)s; it was sent %(measured)s."
        ) % {
            "limit": megabytes(LIMITS.max_bytes),
            "measured": megabytes(ticket["size"]),
        }
        hint = _t("Convert it to a smaller JPEG first.")
    elif reason == wire.TOO_SMALL:
        message = _t(
            "Naver Cloud takes pictures from %(limit)d pixels on each side; this one "
            "has %(width)d × %(height)d."
        ) % {
            "limit": LIMITS.min_side,
            "width": job.facts.width,
            "height": job.facts.height,
        }
        hint = _t("Enlarge it first, then search with the larger one.")
    else:
        why = reason[:200] or _t("it gives no reason")
        message = _t("Naver Cloud refused the upload: %(why)s.") % {"why": why}
        hint = str(AGAIN)
    code = reason.lower() if reason in {wire.TOO_LARGE, wire.TOO_SMALL} else "refused"
    return ProviderError(message, code, permanent=True, hint=hint)
