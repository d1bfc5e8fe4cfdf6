"""The machines: their processes, clocks and codecs."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pillow_heif
from django.utils.translation import gettext as _
from PIL import Image

from imaging.clock import offset
from imaging.models import Heartbeat
from imaging.operating.checkup.finding import Finding, error, ok, warning
from imaging.operating.processes import Lack, lacking
from imaging.operating.versions import darkroom, versions

STARTS = {
    "worker": "python manage.py cluster worker",
    "engine": "python manage.py cluster engine",
    "watch": "python manage.py watch",
}
# Seconds that two clocks may differ: leases and quotas bear the first.
OFF, FAR_OFF = 2.0, 30.0
# Older ones have holes that a picture can be made for.
SAFE = {"libwebp": (1, 3, 2), "libheif": (1, 18, 0)}
GREY = (90, 140, 190)
HEIC = "HEIF"


def processes() -> Iterator[Finding]:
    """Name each process that is dead, and where it was."""
    lack = lacking()
    yield from dead(lack)
    alive = list(Heartbeat.objects.alive().order_by("kind", "host")[:100])
    for row in alive:
        if (other := row.facts.get("darkroom", darkroom())) != darkroom():
            said = _("%(kind)s on %(host)s runs version %(other)s, this is %(ours)s.")
            names = {"kind": row.kind, "host": row.host, "other": other}
            yield warning(
                said % {**names, "ours": darkroom()},
                _("Bring every host to one version, and start its processes again."),
            )
    if alive and not lack:
        all_of_them = ", ".join(f"{row.kind} @ {row.host}" for row in alive)
        yield ok(_("All are heard of: %(names)s.") % {"names": all_of_them})


def dead(lack: Lack) -> Iterator[Finding]:
    for kind in lack.missing:
        yield error(
            _("No %(kind)s is running on any host.") % {"kind": kind},
            _("Start the process of that name in the Procfile:"),
            STARTS[kind],
        )
    for one in lack.silent:
        names = {"kind": one.kind, "host": one.host, "at": f"{one.at:%Y-%m-%d %H:%M}"}
        said = _("%(kind)s on %(host)s has not been heard of since %(at)s UTC.") % names
        mend = _("Start it there again; a host that is gone is forgotten in a day.")
        level = error if one.kind in lack.missing else warning
        yield level(said, mend, STARTS.get(one.kind, ""))


def clock() -> Iterator[Finding]:
    """Compare the clocks of all machines with that of the database."""
    offsets = {_("this machine"): offset()}
    for row in Heartbeat.objects.alive().order_by("host", "kind")[:100]:
        offsets[row.host] = float(row.facts.get("clock", 0.0))
    off = {name: by for name, by in offsets.items() if abs(by) > OFF}
    for name, by in off.items():
        level = error if abs(by) > FAR_OFF else warning
        said = _("The clock of %(name)s is %(by).1f s off the database's.")
        mend = _("Have it set by a time server, then start its processes again.")
        yield level(said % {"name": name, "by": by}, mend, "timedatectl set-ntp true")
    if not off:
        most = max(abs(by) for by in offsets.values())
        yield ok(_("No clock is more than %(by).1f s off.") % {"by": max(most, 0.1)})


def codecs() -> Iterator[Finding]:
    """Write and read a small picture in each format, and look at the versions."""
    pillow_heif.register_heif_opener()
    broken = {}
    for name in ("JPEG", "PNG", "WEBP", HEIC):
        try:
            round_trip(name)
        except (OSError, ValueError, RuntimeError, KeyError) as problem:
            broken[name] = str(problem)
    for name, why in broken.items():
        names = {"name": "HEIC" if name == HEIC else name, "problem": why}
        yield error(
            _("%(name)s cannot be written and read here: %(problem)s") % names,
            _("Install the libraries of the lock again:"),
            "make install",
        )
    old = {name for name in SAFE if number(versions()[name]) < SAFE[name]}
    for name in sorted(old):
        safe = ".".join(map(str, SAFE[name]))
        names = {"name": name, "version": versions()[name], "safe": safe}
        yield error(
            _("%(name)s %(version)s has known holes; %(safe)s is safe.") % names,
            _("Install the libraries of the lock again:"),
            "make install",
        )
    if not broken and not old:
        parts = ("pillow", "libjpeg", "libwebp", "libheif", "opencv", "ncnn")
        said = ", ".join(f"{part} {versions()[part]}" for part in parts)
        yield ok(_("Each format is written and read: %(names)s.") % {"names": said})


def round_trip(form: str) -> None:
    """Write a drawn picture and read it again; ValueError when it is another."""
    paper = io.BytesIO()
    Image.new("RGB", (64, 48), GREY).save(paper, form)
    with Image.open(io.BytesIO(paper.getvalue())) as found:
        pixel = found.convert("RGB").getpixel((32, 24))
    if not isinstance(pixel, tuple):
        raise ValueError("it has no colours")
    if any(abs(one - other) > 12 for one, other in zip(pixel, GREY, strict=True)):
        raise ValueError(f"{GREY} was read as {pixel}")


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
