"""With which token Haut.AI is entered: a private one, or that of one shared login.

Signing in for each picture gets an account blocked, so all processes share a session:
sealed in the cache, renewed when it is refused, and signed in at most once a minute.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from django.utils.translation import gettext as _

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.door import Door
from imaging.outgoing.reply import Reply
from imaging.providers.accounts import Account
from imaging.providers.haut import paths, refusals, wire
from imaging.providers.haut.shared import Shared
from imaging.sealing import InvalidToken, seal, unseal

# A login lives for about an hour, what renews it for longer.
KEPT = 12 * 3_600
# Between two logins with one password, and after one that was refused.
APART, REFUSED_FOR = 60, 600
ANSWER = 15


class Session:
    """The session of one account."""

    def __init__(self, account: Account, door: Door) -> None:
        self.door = door
        values = account.values
        self.private = values.get("token", "")
        self.email, self.password = values.get("email", ""), values.get("password", "")
        # Another password is another session.
        self.shared = Shared(account.id, account.url, self.email, self.password)

    def token(self) -> str:
        """Return a token that was good when it was last used."""
        return self.private or self._tokens().access

    def company(self) -> str:
        """Return the company that the login named; nothing for a private token."""
        return "" if self.private else self._tokens().company

    def renewed(self, refused: str) -> str:
        """Return another token than one that was refused; "" if there is none."""
        return "" if self.private else self._tokens(refused).access

    def _tokens(self, refused: str = "") -> wire.Tokens:
        """Return the shared tokens, got anew if need be, by one process for all."""

        def good() -> wire.Tokens | None:
            kept = self._kept()
            return kept if kept and kept.access != refused else None

        return self.shared.made(good, self._renew)

    def _renew(self) -> wire.Tokens:
        """Renew with the refresh token, where there is one; else sign in."""
        kept = self._kept()
        if not kept or not kept.refresh:
            return self._sign_in()
        reply = self._post(paths.REFRESH, wire.dump_refresh(kept.refresh))
        if not reply.ok:
            return self._sign_in()
        got = read(reply)
        refresh = got.refresh or kept.refresh
        return self._keep(wire.Tokens(got.access, refresh, kept.company))

    def _sign_in(self) -> wire.Tokens:
        if said := self.shared.get("refused"):
            hint = _("Correct the account, or try again in ten minutes.")
            raise ProviderError(said, "login_refused", permanent=True, hint=hint)
        if not self.shared.claim("login", APART):
            said = _("Haut.AI blocks accounts that sign in often, so we wait a minute.")
            raise ProviderError(said, "signing_in", retry_after=APART)
        reply = self._post(paths.LOGIN, wire.dump_login(self.email, self.password))
        if not reply.ok:
            error = refusals.login_refusal(reply)
            self.shared.set("refused", error.message, REFUSED_FOR)
            raise error
        return self._keep(read(reply))

    def _post(self, path: str, body: dict[str, str]) -> Reply:
        """Ask for tokens; when no answer comes there are merely two logins."""
        try:
            reply = self.door.request("POST", path, json=body, deadline=ANSWER)
            reply.raise_for_outage()
        except OutcomeUnknown as error:
            raise ProviderError(error.message, "unreachable") from error
        return reply

    def _kept(self) -> wire.Tokens | None:
        sealed = self.shared.get("tokens")
        if not sealed:
            return None
        try:
            return wire.Tokens(**json.loads(unseal(sealed)))
        except (InvalidToken, ValueError, TypeError):
            # Sealed with keys that are no longer ours.
            return None

    def _keep(self, tokens: wire.Tokens) -> wire.Tokens:
        self.shared.set("tokens", seal(json.dumps(asdict(tokens))), KEPT)
        return tokens


def read(reply: Reply) -> wire.Tokens:
    """Return the tokens of an answer; without any there are merely two logins."""
    try:
        return wire.read_tokens(reply.json())
    except OutcomeUnknown as error:
        raise ProviderError(error.message, "bad_answer") from error
    except ValueError as error:
        raise refusals.unreadable(error) from error
