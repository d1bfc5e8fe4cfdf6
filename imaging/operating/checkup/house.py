"""What was set: addresses, keys, mail, providers."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from smtplib import SMTPException
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Model, TextField
from django.db.models.functions import Cast
from django.http.request import validate_host
from django.utils.translation import gettext as _

from imaging import checks, providers
from imaging.letters import mail_arrives
from imaging.models import ProviderAccount
from imaging.models.fields import EncryptedTextField
from imaging.operating.checkup.finding import Finding, error, ok, warning
from imaging.providers.accounts import operators
from imaging.sealing import unseal
from imaging.targets import LOOPBACK

# Of each table so many sealed rows are opened.
SAMPLE = 200
# Longer a mail server is not waited for here.
PATIENCE = 4
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def addresses() -> Iterator[Finding]:
    """See that the site can be reached by its own address, and safely."""
    found = [*errors_shown(), *names(), *encryption(), *believed()]
    yield from found or [ok(_("The site is at %(url)s.") % {"url": settings.BASE_URL})]


def is_local() -> bool:
    """Say whether the site is only there for browsers on this machine."""
    return urlsplit(settings.BASE_URL).hostname in LOOPBACK


def errors_shown() -> Iterator[Finding]:
    if settings.DEBUG:
        level = warning if is_local() else error
        said = _("DEBUG is on: errors show settings and code to whoever meets one.")
        yield level(said, _("Switch it off in the environment:"), "DEBUG=0")


def names() -> Iterator[Finding]:
    host = urlsplit(settings.BASE_URL).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        yield error(
            _("BASE_URL names %(host)s, which ALLOWED_HOSTS refuses.") % {"host": host},
            _("Add it:"),
            f"ALLOWED_HOSTS={','.join([*settings.ALLOWED_HOSTS, host])}",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield warning(
            _("Any host name is answered: mail may be made to name a stranger's."),
            _("Name your own:"),
            f"ALLOWED_HOSTS={host}",
        )
    bind = os.environ.get("BIND", "")
    if bind and is_local() and not bind.startswith(("127.", "localhost:", "[::1]:")):
        yield warning(
            _("It listens on %(bind)s, but its address leads nowhere from elsewhere.")
            % {"bind": bind},
            _("Say under which address people reach it:"),
            "BASE_URL=https://photos.example.com",
        )


def encryption() -> Iterator[Finding]:
    secure = settings.BASE_URL.startswith("https://")
    if not secure and not is_local():
        yield warning(
            _("Passwords and pictures travel unencrypted."),
            _("Put a proxy with a certificate in front, and say so:"),
            f"BASE_URL=https://{urlsplit(settings.BASE_URL).hostname}",
        )
    if secure and not settings.HTTPS:
        yield error(
            _("BASE_URL is https, but cookies are not kept to it."),
            _("Name the https origin, too:"),
            f"CSRF_TRUSTED_ORIGINS={settings.BASE_URL}",
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield error(
            _("No proxy is believed, so every page sends browsers round in a circle."),
            _("Name the address of the proxy that has the certificate:"),
            "TRUSTED_PROXIES=127.0.0.1",
        )


def believed() -> Iterator[Finding]:
    if any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES):
        yield error(
            _("Every address counts as a proxy: anybody may pretend to be anyone."),
            _("Name the proxies alone:"),
            "TRUSTED_PROXIES=127.0.0.1",
        )


def mail() -> Iterator[Finding]:
    """Greet the mail server, if there is one."""
    act = "EMAIL_URL=smtp+tls://user:password@mail.example.com:587"
    if not mail_arrives():
        said = _("Mail is only printed in the log: nobody gets any.")
        yield warning(said, _("Name a mail server in the environment:"), act)
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        server = get_connection(timeout=PATIENCE)
        server.open()
        server.close()
    except (OSError, SMTPException) as problem:
        names = {"where": where, "problem": type(problem).__name__}
        said = _("The mail server %(where)s does not let us in: %(problem)s.") % names
        yield error(said, _("Look at its address, port and password:"), act)
    else:
        yield ok(_("The mail server %(where)s lets us in.") % {"where": where})


def keys() -> Iterator[Finding]:
    """See that secrets are kept from others, and that what is sealed opens."""
    yield from readable()
    lost: dict[type[Model], int] = {}
    count = old = 0
    for model, field in sealed_fields():
        for text in samples(model, field):
            count += 1
            try:
                unseal(text)
            except InvalidToken:
                lost[model] = lost.get(model, 0) + 1
                continue
            old += not opens(settings.ENCRYPTION_KEYS[0], text)
    for model, number in lost.items():
        yield error(
            _("%(n)d sealed rows (%(what)s) cannot be opened with ENCRYPTION_KEYS.")
            % {"n": number, "what": model._meta.verbose_name_plural},
            _("Add the key that sealed them behind the first:"),
            "ENCRYPTION_KEYS=<newest>,<older>",
        )
    if not lost and old:
        yield ok(
            _("%(n)d of %(all)d sealed rows still need an older key: keep it.")
            % {"n": old, "all": count}
        )
    elif not lost:
        yield ok(_("%(n)d sealed rows were opened.") % {"n": count})


def readable() -> Iterator[Finding]:
    for name in (".secret_key", ".encryption_keys"):
        path = Path(settings.DATA) / name
        if path.exists() and path.stat().st_mode & OPEN_TO_OTHERS:
            yield error(
                _("Other accounts of this machine may read %(path)s.") % {"path": path},
                _("Keep it from them:"),
                f"chmod 600 {path}",
            )


def sealed_fields() -> Iterator[tuple[type[Model], str]]:
    """Name the columns that hold secrets."""
    for model in apps.get_app_config("imaging").get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField):
                yield model, field.name


def samples(model: type[Model], field: str) -> list[str]:
    """Return sealed texts as they are kept."""
    rows = model._default_manager.annotate(kept=Cast(field, TextField()))
    texts = rows.order_by("-pk").values_list("kept", flat=True)[:SAMPLE]
    return [text for text in texts if text]


def opens(key: str, sealed: str) -> bool:
    try:
        return bool(Fernet(key).decrypt(sealed.encode()))
    except InvalidToken:
        return False


def accounts() -> Iterator[Finding]:
    """See whether there is any provider elsewhere that can be asked."""
    vendors = [one for one in providers.providers() if one.credentials]
    ready = [one.key for one in vendors if operators(one)]
    if ready or any_entered():
        names = ", ".join(ready) or _("those that teams have entered")
        yield ok(_("There are keys for: %(names)s.") % {"names": names})
    else:
        yield warning(
            _("There are no keys for any provider: only the engines here work."),
            _("Enter them on the team's page of providers, or in the environment."),
        )


def any_entered() -> bool:
    """Say whether a team has keys: what is sealed shows that only when it is opened."""
    try:
        rows = ProviderAccount.objects.order_by("-changed")[:SAMPLE]
        return any(row.is_own for row in rows)
    except InvalidToken:
        # There is something, and `keys` says that it does not open.
        return True


def rounds() -> Iterator[Finding]:
    """Repeat what every command says first: no way in rounds, no address twice."""
    found = [*checks.no_rounds(), *checks.answered_once()]
    for one in found:
        yield error(one.msg, one.hint or "")
    if not found:
        yield ok(_("No provider leads back here, and each address is answered once."))
