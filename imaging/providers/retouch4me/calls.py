"""The calls to Retouch4me, each with what its refusals mean to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.door import Door
from imaging.outgoing.reply import LOOK_UP, Reply
from imaging.providers.accounts import Account
from imaging.providers.retouch4me import wire

# After these a job may have begun all the same; only its key makes it safe to repeat.
BUSY = {429, 503}
# A picture of 100 MB over a slow line, and its result with all layers.
SENDING, FETCHING = 1_800.0, 3_600.0


class Calls:
    """What can be asked of the server with one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.token = account.values.get("token", "")

    def door(self, *, with_token: bool = False) -> Door:
        """Return the way there; the token goes along only where it is asked for."""
        return Door(
            self.account.url or wire.HOME,
            headers={wire.TOKEN: self.token} if with_token else None,
            timeout=(10, 60),
            operator_set=self.account.operator_set,
        )

    def start(
        self, path: Path, sent_as: tuple[str, str], payload: str, key: str
    ) -> Any:
        """Begin a job, and pay for it; the same key does not begin another."""
        in_header = self.account.values.get("token_as", "").lower() == "header"
        token = {} if in_header else {"token": self.token}
        with path.open("rb") as file:
            reply = self.door(with_token=in_header).request(
                "POST",
                wire.START,
                data={**token, "payload": payload},
                files={"file": (sent_as[0], file, sent_as[1])},
                headers={"Idempotency-Key": key},
                deadline=SENDING,
            )
        if reply.status in BUSY:
            message = f"{reply.host} is busy (status {reply.status})."
            wait = reply.retry_after
            raise OutcomeUnknown(message, hint=LOOK_UP, retry_after=wait)
        said = self._answer(reply)
        try:
            return wire.read_started(said)
        except ValueError as error:
            raise OutcomeUnknown(
                "Retouch4me took the picture and did not say as which job.",
                hint="Look into your account there before you send it again.",
            ) from error

    def status(self, id: str) -> wire.Status:
        said = self._answer(self.door().request("GET", wire.status_path(id)))
        try:
            return wire.read_status(said)
        except ValueError as error:
            message = "Retouch4me did not say how the job stands."
            raise ProviderError(message, "bad_answer") from error

    def download(self, id: str, to: Path, most: int) -> None:
        self.door().download(wire.file_path(id), to, max_bytes=most, deadline=FETCHING)

    def limits(self) -> dict[str, Any]:
        """Ask for the limits; empty where the server does not offer that, as now."""
        try:
            reply = self.door().request("GET", wire.LIMITS)
            return wire.read_limits(reply.json()) if reply.ok else {}
        except ProviderError:
            return {}

    def balance(self) -> float | None:
        """Return the credits that are left; None where no server says."""
        asked = {"modes": [wire.MODE]}
        reply = self.door(with_token=True).request(
            "POST", wire.BALANCE, json=asked, idempotent=True
        )
        if reply.status in {404, 405, 501} and self.account.values.get("balance_url"):
            reply = self._old_balance(self.account.values["balance_url"])
        elif reply.status in {404, 405, 501}:
            return None
        return wire.read_balance(self._answer(reply))

    def _old_balance(self, url: str) -> Reply:
        """Ask where balances were asked before: another host, named by the account."""
        door = Door(url, timeout=(10, 60))
        fields = {"retouchtoken": self.token, "modes[]": wire.MODE}
        accept = {"Accept": "application/json"}
        return door.request("POST", url, data=fields, headers=accept, idempotent=True)

    def _answer(self, reply: Reply) -> Mapping[str, Any]:
        """Return what was answered; raise what a refusal means."""
        reply.raise_for_outage()
        try:
            said: Mapping[str, Any] = reply.record()
        except ProviderError:
            if reply.status < 400:
                raise
            said = {}
        code = wire.read_code(reply.status, said)
        replace(reply, status=code).raise_for_outage()
        if 200 <= code < 300:
            return said
        if code < 400 and not reply.repeatable:
            message = f"Retouch4me answered {code}, which says nothing."
            raise OutcomeUnknown(message, hint=LOOK_UP)
        text = wire.read_text(said.get("message"))
        raise refused(code, text.replace(self.token, "…") if self.token else text)


def refused(code: int, said: str) -> ProviderError:
    """Return what a refusal means, by its effective code and its message."""
    if said == wire.TOKEN_ISSUE or code in {401, 403, 460}:
        return ProviderError(
            "Retouch4me does not accept the token.",
            "token",
            permanent=True,
            hint="Get a new one on retouch4.me/token_page and enter it in the team's "
            "settings, then retry.",
        )
    if said == wire.NO_FILE:
        return ProviderError(
            "Retouch4me says that no file arrived.",
            "no_file",
            permanent=True,
            hint="Retry it. If it happens again, something between here and there "
            "takes files out.",
        )
    if code in REFUSALS:
        own, sentence, hint = REFUSALS[code]
        return ProviderError(
            f"{sentence} {quoted(said)}".strip(), own, permanent=True, hint=hint
        )
    if code == 404:
        return ProviderError("Retouch4me does not know this job.", "http_404")
    if code < 400:
        return ProviderError(
            f"Retouch4me answered {code}, which says nothing.", "bad_answer"
        )
    return ProviderError(
        f"Retouch4me refuses this ({code}). {quoted(said)}".strip(),
        "refused",
        permanent=True,
        hint="Check the options and the picture, then retry.",
    )


def quoted(said: str) -> str:
    return f"It says: “{said}”" if said else ""


REFUSALS = {
    461: (
        "quota",
        "Retouch4me's limit for this account is reached.",
        "Wait until the day's quota is renewed, or buy credits at retouch4.me; then "
        "retry.",
    ),
    462: (
        "bad_task",
        "Retouch4me cannot do this combination of plugins and values.",
        "Change the options and begin anew; look at the further tasks first.",
    ),
}
