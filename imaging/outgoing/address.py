"""Which addresses may be called: how they must be written, and where they may lie."""

import ipaddress
import re
import socket
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import idna

from imaging.bounded import within
from imaging.failures import ProviderError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

PORTS = {"http": 80, "https": 443}
NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
# A last label of this form makes resolvers read the whole name as a number.
NUMERIC = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")

# Where machines in a cloud hand out credentials; some lie in public ranges.
METADATA = {
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",
        "168.63.129.16",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
}
# Private, though the standard library's `is_global` may say otherwise.
INWARD = [
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
    )
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")
UNICAST6 = ipaddress.ip_network("2000::/3")


class Origin(NamedTuple):
    """What a connection is made to; `host` in its one canonical form."""

    scheme: str
    host: str
    port: int

    @property
    def address(self) -> str:
        """Return host:port, as in OUTGOING_ALLOW."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def forbidden(what: str) -> ProviderError:
    """Return the error for an address that is not called."""
    return ProviderError(
        what,
        "forbidden_address",
        permanent=True,
        hint="Only https to public addresses is called; for an address of your own "
        "network see OUTGOING_ALLOW.",
    )


def read_url(url: str) -> tuple[Origin, str]:
    """Split a URL into origin and request target, refusing whatever is ambiguous."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise forbidden("The address holds blanks, control characters or a backslash.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise forbidden("The address cannot be read.") from error
    if parts.scheme not in PORTS:
        raise forbidden("The address is neither https nor http.")
    if "@" in parts.netloc:
        raise forbidden("The address holds a user name or password.")
    if port == 0:
        raise forbidden("The address names port 0.")
    origin = Origin(
        parts.scheme, read_host(parts.hostname or ""), port or PORTS[parts.scheme]
    )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return origin, target if target.isascii() else quote(target, "%/:=&?~#+!$,;'@()*[]")


@lru_cache(1024)
def read_host(text: str) -> str:
    """Return a host in its canonical form: a plain name, or an address in full."""
    host = text.lower()
    if ":" in host:
        return str(_literal(host))
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError as error:
            raise forbidden(f"{text!r} is not a name of a host.") from error
    if NUMERIC.fullmatch(host):
        return str(_literal(host))
    if len(host) > 253 or not NAME.fullmatch(host):
        raise forbidden(f"{text!r} is not a name of a host.")
    return host


def _literal(text: str) -> IPAddress:
    """Read an address; decimal, octal, hexadecimal and scoped forms are refused."""
    try:
        if "%" in text:
            raise ValueError(text)
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise forbidden(f"{text!r} is not an address in its plain form.") from error


def check_address(text: str, *, private: bool) -> None:
    """Refuse an address that is not public; `private` opens our own networks only."""
    where = _embedded(ipaddress.ip_address(text.split("%")[0]))
    if where in METADATA or _senseless(where):
        raise forbidden(f"{where} is never called.")
    if not private and not _public(where):
        raise forbidden(f"{where} is not a public address.")


def _embedded(where: IPAddress) -> IPAddress:
    """Return the IPv4 address inside an IPv6 one, where that is what is reached."""
    if isinstance(where, ipaddress.IPv6Address):
        if where.ipv4_mapped:
            return where.ipv4_mapped
        if where in NAT64:
            return ipaddress.IPv4Address(int(where) & 0xFFFFFFFF)
    return where


def _senseless(where: IPAddress) -> bool:
    if where.is_loopback:
        return False
    return (
        where.is_unspecified
        or where.is_multicast
        or where.is_link_local
        or where.is_reserved
        or (where.version == 4 and int(where) >> 24 == 0)
    )


def _public(where: IPAddress) -> bool:
    if not where.is_global or any(where in network for network in INWARD):
        return False
    return where.version == 4 or where in UNICAST6


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, the preferred one first; OSError if none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses(
    origin: Origin, *, private: bool, resolve: Resolve, seconds: float
) -> list[str]:
    """Resolve an origin once and check every answer; OSError, TimeoutError."""
    if ":" in origin.host or NUMERIC.fullmatch(origin.host):
        found = [origin.host]
    else:
        # A look-up cannot be interrupted.
        found = within(seconds, lambda: resolve(origin.host, origin.port))
    for one in found:
        check_address(one, private=private)
    if not found:
        raise OSError("the name has no address")
    return found
