"""The calls to Kokoon: how each is made, and what its answer or its refusal means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any, TypeVar

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.door import Door, Reply
from imaging.outgoing.reply import LOOK_UP
from imaging.providers.accounts import Account
from imaging.providers.kokoon import wire
from imaging.providers.limits import sent_as

# Kokoon names a time-out of uploads, and not how long it is.
UPLOAD_SECONDS = 300.0
PAGES_MOST = 50
Read = TypeVar("Read")

# What Kokoon says, as it begins: our code, a sentence, and what to do next.
REFUSALS = {
    "insufficient credit": (
        "insufficient_credit",
        "There are not enough credits left at Kokoon for this picture.",
        "Buy credits at Kokoon or choose a smaller size, then retry: nothing was paid.",
    ),
    "fail to get result": (
        "not_found",
        "Kokoon does not have this picture or task: it keeps them for 14 days.",
        "Retry it: the picture is uploaded again, and the work is paid again.",
    ),
    "unauthorized": (
        "unauthorized",
        "Kokoon does not accept the token of this account.",
        "Enter a valid token in the account with Kokoon, then retry.",
    ),
    "must ": (
        "bad_options",
        "Kokoon does not accept what was asked for",
        "Choose other options or another size, then retry: nothing was paid.",
    ),
    "file too large": (
        "too_large",
        "The picture has more bytes than Kokoon takes",
        "Send it as a JPEG, or smaller.",
    ),
    "unsupported format": (
        "bad_format",
        "Kokoon does not take this format",
        "Convert it to a JPEG or PNG and send that.",
    ),
    "unsupported resolution": (
        "bad_resolution",
        "Kokoon does not take a picture of this size",
        "Send it between 64 × 64 and 3840 × 2160 pixels.",
    ),
}
# What a status means where the words do not tell.
STATUSES = {
    401: "unauthorized",
    402: "insufficient credit",
    403: "unauthorized",
    404: "fail to get result",
    413: "file too large",
    415: "unsupported format",
    422: "unsupported resolution",
}
QUOTED = {"bad_options", "too_large", "bad_format", "bad_resolution"}
TIMEOUT = "timeout error"
# After these a task may have begun all the same.
BUSY = {429, 503}


class Calls:
    """Kokoon as one account reaches it."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def door(self, waits: float = 30.0) -> Door:
        """Return the way in; the token goes along as it is, without any prefix."""
        return Door(
            self.account.url,
            headers={"Authorization": self.account.values["token"]},
            timeout=(5.0, waits),
            deadline=2 * waits,
            operator_set=self.account.operator_set,
        )

    def upload(self, path: Path, name: str) -> str:
        """Send an original; return its vid. A lost answer is OutcomeUnknown."""
        name, media_type = sent_as(name, path)
        with path.open("rb") as file:
            reply = self.door(UPLOAD_SECONDS).request(
                "POST", wire.IMAGES, files={"file": (name, file, media_type)}
            )
        return understood(reply, "vid", wire.read_image).vid

    def image(self, vid: str) -> wire.Image:
        return self._get(wire.image_path(vid), "vid", wire.read_image)

    def uploaded(self, key: str) -> str | None:
        """Return the vid of the original whose name ends with a key, if it is there."""
        found = self._get(wire.images_path(key), "", wire.read_images)
        mine = (one.vid for one in found if PurePath(one.filename).stem.endswith(key))
        return next(mine, None)

    def price(self, wanted: wire.Wanted) -> float:
        """Ask what a task would cost, in credits; this changes nothing."""
        body = wire.dump_wanted(wanted)
        try:
            reply = self.door().request("POST", wire.PRICE, json=body, idempotent=True)
        except ProviderError as error:
            if error.code != "too_large":
                raise
            # An answer without end says nothing of the picture: ask again.
            raise ProviderError(error.message, "bad_answer") from error
        return understood(reply, "credit", wire.read_credit)

    def balance(self) -> tuple[float, float]:
        """Return the credits and points that are left."""
        return self._get(
            wire.BALANCE,
            "credit",
            lambda said: (wire.read_credit(said), wire.read_point(said)),
        )

    def create(self, wanted: wire.Wanted) -> dict[str, str]:
        """Begin a task, which is paid; return its ids. Never to be made twice.

        Also of a server that is busy, its list has to be asked whether it has begun.
        """
        body = wire.dump_wanted(wanted)
        reply = self.door().request("POST", wire.TASKS, json=body)
        if reply.status in BUSY:
            message = f"{reply.host} is busy (status {reply.status})."
            wait = reply.retry_after
            raise OutcomeUnknown(message, hint=LOOK_UP, retry_after=wait)
        return understood(reply, "tid", wire.read_created)

    def task(self, tid: str) -> wire.Task:
        return self._get(wire.task_path(tid), "tid", wire.read_task)

    def task_of(self, vid: str, task_type: str, since: str) -> wire.Task | None:
        """Return the task on this original that began on this day or later, if any.

        A page may be shorter than asked for: the list ends where it brings nothing new.
        Raises ProviderError when it does not end, for then nobody can tell.
        """
        known: set[str] = set()
        for page in range(PAGES_MOST):
            path = wire.tasks_path(task_type, since, page)
            rows = self._get(path, "", wire.read_tasks)
            if mine := [one for one in rows if one.in_vid == vid]:
                return mine[0]
            if known.issuperset(one.tid for one in rows):
                return None
            known.update(one.tid for one in rows)
        raise ProviderError("Kokoon's list has no end.", "long_list", permanent=True)

    def downloaded(self, method: str, path: str) -> int | None:
        """Tell of one download; return Kokoon's count of them, where it says so."""
        reply = self.door().request(method, path, idempotent=False)
        if reply.ok and not reply.body.strip():
            return None
        said = understood(reply, "", lambda said: said)
        return wire.number_in(said, "download_cnt") or None

    def fetch(self, url: str, to: Path, most: int) -> None:
        """Bring a file here; the token never goes to where it is stored."""
        self.door().download(url, to, max_bytes=most, deadline=600)

    def _get(
        self, path: str, key: str, read: Callable[[Mapping[str, Any]], Read]
    ) -> Read:
        return understood(self.door().request("GET", path), key, read)


def understood(
    reply: Reply, key: str, read: Callable[[Mapping[str, Any]], Read]
) -> Read:
    """Return what an answer says; raise what its refusal means.

    Whatever has a message, and not the `key` that a success has, is a refusal: Kokoon's
    pages do not say which status it comes with.
    """
    if reply.status == 408 or says(reply).lower().startswith(TIMEOUT):
        raise lost(reply, "Kokoon itself ran out of time (“timeout error”).", "timeout")
    reply.raise_for_outage()
    said = reply.json()
    if isinstance(said, dict) and reply.ok and (not key or key in said):
        if not key and wire.text_in(said, "message") and "vid" not in said:
            raise refusal(reply.status, said["message"])
        try:
            return read(said)
        except ValueError as error:
            raise unreadable(reply) from error
    if isinstance(said, dict) and (message := wire.text_in(said, "message")):
        raise refusal(reply.status, message)
    if reply.status >= 400:
        raise refusal(reply.status, "")
    raise unreadable(reply)


def says(reply: Reply) -> str:
    """Return the message in an answer, whatever else it is; "" where there is none."""
    try:
        said = reply.json()
    except ProviderError:
        return ""
    return wire.text_in(said, "message") if isinstance(said, dict) else ""


def unreadable(reply: Reply) -> ProviderError:
    message = f"{reply.host} answered {reply.status} with something unexpected."
    return lost(reply, message, "bad_answer")


def lost(reply: Reply, message: str, code: str) -> ProviderError:
    """Return what it means that no word came of a call: ask again, or look first."""
    if not reply.repeatable:
        return OutcomeUnknown(message, hint=LOOK_UP)
    return ProviderError(message, code)


def refusal(status: int, message: str) -> ProviderError:
    """Return what a refusal means, by Kokoon's words, else by the status."""
    words = message.lower()
    key = next((one for one in REFUSALS if words.startswith(one)), "")
    key = key or STATUSES.get(status, "")
    if not key:
        said = f"“{message[:300]}”" if message else f"status {status}"
        return ProviderError(
            f"Kokoon refused this: {said}.",
            "refused",
            permanent=True,
            hint="Look at the options and at your account with Kokoon, then retry.",
        )
    code, sentence, hint = REFUSALS[key]
    if code in QUOTED:
        sentence += f": “{message[:300]}”." if message else "."
    return ProviderError(sentence, code, permanent=True, hint=hint)
