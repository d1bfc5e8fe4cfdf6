"""Signed calls to Naver Cloud, at the pace it allows, and what its refusals mean."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.door import Door
from imaging.outgoing.reply import LOOK_UP, Reply
from imaging.providers.accounts import Account
from imaging.providers.circuit import Quota
from imaging.providers.naver import wire

AGAIN = gettext_lazy("Retry it; if it stays so, ask Naver Cloud's support.")
ELSEWHERE = gettext_lazy(
    "Check the workspace and the address in the account with Naver, then retry."
)

Answer = TypeVar("Answer")


class Calls:
    """The API as one account enters it; each method is one documented call."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.door = Door(account.url, operator_set=account.operator_set)

    def presign(self, file_name: str) -> wire.Address:
        """Ask for an address to put one file at, once; unused it costs nothing."""
        self._wait("presign", wire.PRESIGN_CALLS)
        asked = wire.dump_presign(file_name)
        return self._call("POST", wire.PRESIGN, wire.read_address, asked)

    def put(self, address: wire.Address, path: Path, media_type: str) -> None:
        """Put the bytes where they belong; our keys do not go there."""
        with path.open("rb") as file:
            # Made again it harms nothing: what is there is asked for first.
            reply = self._ask(
                "PUT",
                address.url,
                idempotent=True,
                data=file,
                headers={"Content-Type": media_type},
                deadline=min(address.seconds, 300.0),
            )
        if not reply.ok:
            raise refused_by_store(reply)

    def complete(self, key: str) -> wire.Status:
        """Ask whether an uploaded image is taken; however often, it says the same."""
        self._wait("complete", wire.COMPLETE_CALLS)
        asked = wire.dump_complete(key)
        return self._call("POST", wire.COMPLETE, wire.read_status, asked)

    def search(self, workspace: str, query: wire.Query) -> str:
        """Begin a search; return its id."""
        self._wait("search", wire.SEARCH_CALLS)
        target, asked = wire.search_path(workspace), query.dump()
        return self._call("POST", target, wire.read_search_id, asked, idempotent=False)

    def hits(self, workspace: str, search: str, page: int = 1) -> wire.Hits:
        """Ask how a search is doing, for one page of what it found."""
        target = wire.hits_target(workspace, search, page)
        return self._call("GET", target, wire.read_hits)

    def workspaces(self) -> list[str]:
        """List the names of the account's workspaces, the first hundred."""
        target = wire.workspaces_target()
        return self._call("GET", target, wire.read_workspaces)

    def workspace(self, name: str) -> dict[str, Any]:
        """Ask for one workspace, with its number of analyses this month."""
        return self._call("GET", wire.workspace_path(name), dict)

    def _wait(self, name: str, allowed: tuple[int, float]) -> None:
        calls, seconds = allowed
        if not Quota(f"{self.account.id}:{name}", calls, seconds).wait():
            message = _("Too many calls to Naver Cloud are waiting for their turn.")
            raise ProviderError(message, "busy")

    def _call(
        self,
        method: str,
        target: str,
        read: Callable[[dict[str, Any]], Answer],
        body: Any = None,
        *,
        idempotent: bool = True,
    ) -> Answer:
        """Sign a call, make it, and return what is read of its result."""
        values, now = self.account.values, time.time()
        headers = wire.dump_headers(
            method, target, int(now * 1000), values["access_key"], values["secret_key"]
        )
        reply = self._ask(
            method, target, json=body, headers=headers, idempotent=idempotent
        )
        check(reply, now)
        try:
            return read(wire.read_result(reply.record()))
        except ValueError as error:
            words = {"host": reply.host, "why": error}
            message = _("%(host)s gave an answer that makes no sense: %(why)s.") % words
            if not idempotent:
                raise OutcomeUnknown(message, hint=LOOK_UP) from error
            raise ProviderError(message, "bad_answer") from error

    def _ask(self, *words: Any, **more: Any) -> Reply:
        """Make a request; an answer without end is a bad one, to be asked again."""
        try:
            return self.door.request(*words, **more)
        except ProviderError as error:
            if error.code != "too_large":
                raise
            raise ProviderError(error.message, "bad_answer") from error


def check(reply: Reply, sent: float) -> None:
    """Raise what an answer refuses: by its status first, then by its code."""
    if reply.status in {401, 403}:
        raise kept_out(reply, sent)
    reply.raise_for_outage()
    if not reply.ok or wire.read_code(reply.record()) not in {"", "0"}:
        raise refused(reply)


def kept_out(reply: Reply, sent: float) -> ProviderError:
    """Say why a call was not let in; most often keys or a clock are wrong."""
    code, said = wire.read_error(reply.body)
    if apart := clocks_apart(reply, sent):
        return ProviderError(apart, "clock", permanent=True, hint=_("Set the clock."))
    if reply.status == 403 or code in {"210", "230"}:
        message = _("These keys may not use Media Intelligence.")
        hint = _("Give them the right to it in the console, under Sub Account.")
        return ProviderError(message, "forbidden", permanent=True, hint=hint)
    message = _("Naver Cloud does not accept these keys.")
    if said:
        message += " " + _("It says: %(said)s") % {"said": said}
    hint = _(
        "Compare both keys with those in the console. If they are right, look at this "
        "machine's clock: it says %(ours)s, and five minutes off are refused."
    ) % {"ours": clock(sent)}
    return ProviderError(message, "keys", permanent=True, hint=hint)


def clocks_apart(reply: Reply, sent: float) -> str:
    """Say how far this clock is off, where that alone has the call refused."""
    try:
        theirs = parsedate_to_datetime(reply.headers.get("Date", "")).timestamp()
    except (ValueError, OverflowError):
        return ""
    if abs(theirs - sent) <= wire.CLOCK_SECONDS:
        return ""
    return _(
        "This machine's clock says %(ours)s and Naver Cloud's %(theirs)s; it refuses "
        "calls when they are more than five minutes apart."
    ) % {"ours": clock(sent), "theirs": clock(theirs)}


def clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def refused(reply: Reply) -> ProviderError:
    """Say in a sentence what a documented code means; an unknown one as it came."""
    code, said = wire.read_error(reply.body)
    sentences = {
        "10001": _("Naver Cloud does not take a value of this request."),
        "10014": _("Naver Cloud was given nothing to analyse."),
        "10016": _("Naver Cloud cannot use this bucket: it names a folder."),
        "10404": _("Naver Cloud knows no such workspace or search."),
        "100": _("Naver Cloud could not read this request."),
        "300": _("Naver Cloud has nothing at this address."),
        "430": _("This request is larger than Naver Cloud takes."),
    }
    by_status = {404: "10404", 413: "430"}
    sentence = sentences.get(code) or sentences.get(by_status.get(reply.status, ""))
    if not sentence:
        words = {"code": code or reply.status}
        sentence = _("Naver Cloud refuses this with the code %(code)s.") % words
    if said:
        sentence += " " + _("It says: %(said)s") % {"said": said}
    again = code == "99999"
    unknown = "10404" in (code, by_status.get(reply.status))
    return ProviderError(
        sentence,
        f"naver_{code or reply.status}"[:40],
        permanent=not again,
        hint=str(ELSEWHERE if unknown else AGAIN),
    )


def refused_by_store(reply: Reply) -> ProviderError:
    """Say why the bytes were not taken; another address may take them."""
    reply.raise_for_outage()
    code = wire.read_store_error(reply.body)
    if code == "EntityTooLarge" or reply.status == 413:
        message = _("Naver Cloud's store does not take so large a file.")
        hint = _("Convert it to a smaller JPEG first.")
        return ProviderError(message, "over_size_limit", permanent=True, hint=hint)
    message = _(
        "Naver Cloud's store refused the upload (%(code)s): its address was used "
        "before, or its 15 minutes were over."
    ) % {"code": code or reply.status}
    return ProviderError(message, "address_refused", hint=str(AGAIN))
