"""Addresses that people and programs enter; what no call would reach is refused."""

from __future__ import annotations

from django.conf import settings
from django.http.request import validate_host
from django.utils.translation import gettext as _t

from imaging.failures import ProviderError
from imaging.outgoing.address import NUMERIC, Origin, check_address, read_url

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_target(url: str) -> None:
    """Refuse an address that the door would refuse, or that is ours: ProviderError.

    Where a name leads to is seen only when it is called, as it may change.
    """
    origin, _target = read_url(url)
    if origin.scheme != "https" and not settings.OUTGOING_ALLOW_PRIVATE:
        raise ProviderError(_t("The address must begin with https://."))
    if leads_here(origin):
        raise ProviderError(
            _t("This is the address of this Darkroom: it would ask itself for ever.")
        )
    if ":" in origin.host or NUMERIC.fullmatch(origin.host):
        check_address(origin.host, private=settings.OUTGOING_ALLOW_PRIVATE)


def leads_here(origin: Origin) -> bool:
    """Say whether this is where we answer ourselves, by whatever name of ours."""
    base, _target = read_url(settings.BASE_URL)
    names = [one for one in settings.ALLOWED_HOSTS if one != "*"]
    names += [bracketed(one) for one in (base.host, *LOOPBACK)]
    ours = validate_host(bracketed(origin.host), names)
    return ours and origin.port in {base.port, settings.PORT}


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
