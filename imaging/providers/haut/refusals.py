"""What Haut.AI answers when it does not do what was asked, as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from imaging.failures import OutcomeUnknown, ProviderError
from imaging.outgoing.reply import Reply
from imaging.providers.haut import paths, wire

VALUES = {
    "required",
    "invalid",
    "null",
    "blank",
    "max_length",
    "max_value",
}
NEWER = noop("Tell whoever keeps this site: it may need a newer version.")
OTHER = noop("Upload the picture again, smaller, and start anew with that.")
AGAIN = noop("Enter the key, or the address and password, again in the account.")
# Status -> our code, what it means, what to do next.
STATUSES: dict[int, tuple[str, str, str]] = {
    401: (
        "token_refused",
        noop("Haut.AI does not accept the key of this account, or it has expired."),
        AGAIN,
    ),
    403: (
        "permission_denied",
        noop("This account may not work in the company it names."),
        noop("Check the company's id in the account."),
    ),
    404: (
        "not_found",
        noop("Haut.AI does not know what it was asked for: it was deleted there."),
        noop("Retry: what is missing is made anew."),
    ),
    405: (
        "method_not_allowed",
        noop("Haut.AI no longer does this the way it is documented."),
        NEWER,
    ),
    415: (
        "unsupported_media_type",
        noop("Haut.AI no longer reads what it is sent."),
        NEWER,
    ),
}
STORAGE: dict[str, tuple[str, bool]] = {
    "EntityTooLarge": (
        noop("The picture has more bytes than Haut.AI takes (30 MB)."),
        True,
    ),
    "EntityTooSmall": (noop("The picture arrived without any bytes."), True),
    "ExpiredToken": (
        noop("The permission to send the picture had run out before it was used."),
        False,
    ),
    "SignatureDoesNotMatch": (
        noop("Haut.AI's storage did not recognise its own permission to send."),
        False,
    ),
    "NoSuchKey": (noop("Haut.AI's storage has no place for this picture."), False),
}


def refusal(reply: Reply) -> ProviderError:
    """Say what an answer of 400 or more means; 429 and 5xx are sorted out before."""
    complaints = wire.read_complaints(reply.body)
    if reply.status in STATUSES:
        code, sentence, hint = STATUSES[reply.status]
        return ProviderError(_(sentence), code, permanent=True, hint=_(hint))
    codes = {one.code for one in complaints}
    if "image_not_uploaded" in codes:
        sentence = _("Haut.AI has not received every picture of this batch.")
        return ProviderError(sentence, "image_not_uploaded")
    named = wire.missing_applications(complaints)
    if missing := [one for one in named if paths.is_name(one)]:
        return MissingApplications(missing)
    return ProviderError(
        _("Haut.AI did not accept the request (%(status)d): %(said)s")
        % {"status": reply.status, "said": in_words(complaints) or quoted(reply.body)},
        next(iter(codes & VALUES), "refused"),
        permanent=True,
        hint=_(NEWER),
    )


class MissingApplications(ProviderError):
    """An application needs `names` to be attached before it."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            _("The analysis needs others that this dataset lacks: %s.")
            % ", ".join(names),
            "missing_dependencies",
            permanent=True,
            hint=_("Have Haut.AI add them to your company, then retry."),
        )
        self.names = names


def login_refusal(reply: Reply) -> ProviderError:
    """Say why a login was refused; that a second factor is on shows nowhere else."""
    words = in_words(wire.read_complaints(reply.body))
    sentence = _("Haut.AI does not let this account sign in (%d).") % reply.status
    return ProviderError(
        f"{sentence} {words}".strip(),
        "login_refused",
        permanent=True,
        hint=_(
            "Check address and password. With a second factor, enter a private token "
            "of Haut.AI instead."
        ),
    )


def storage_refusal(reply: Reply) -> ProviderError:
    """Say why the object storage did not take a picture."""
    code = wire.read_storage_code(reply.body)
    words = {"status": reply.status, "code": code or "?"}
    sentence, permanent = STORAGE.get(code, ("", False))
    said = _(sentence) if sentence else _("Haut.AI's storage refused the picture.")
    where = _("(storage: %(status)d %(code)s)") % words
    hint = _(OTHER) if permanent else ""
    return ProviderError(
        f"{said} {where}", "upload_refused", permanent=permanent, hint=hint
    )


def unreadable(error: ValueError, reply: Reply | None = None) -> ProviderError:
    """Say that an answer lacks what it must have; a lost one, where it was to make."""
    said = _("Haut.AI's answer cannot be read: %s.") % error
    if reply and not reply.repeatable:
        return OutcomeUnknown(said)
    return ProviderError(said, "bad_answer")


def in_words(complaints: Sequence[wire.Complaint]) -> str:
    """Return the vendor's own words, with the fields that they are about."""
    return " ".join(
        f"{one.attr}: {one.detail or one.code}" if one.attr else one.detail or one.code
        for one in complaints
    )


def quoted(body: bytes, most: int = 200) -> str:
    """Return the beginning of an answer in no known form, such as a proxy's page."""
    text: Any = body[:most].decode("utf-8", "replace")
    return " ".join(text.split()) or "—"
