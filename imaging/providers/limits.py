"""What a provider takes: a verdict on a picture, and a copy of it that fits.

The verdict is given from facts alone, so it is the same before and after the upload.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from django.utils.translation import gettext as _

from imaging import pictures
from imaging.failures import ProviderError
from imaging.pictures import pixels, resizing
from imaging.providers.base import Facts, Job, Verdict

NAMES = {"jpeg": "JPEG", "png": "PNG", "bmp": "BMP", "webp": "WebP", "heic": "HEIC"}
# What a copy is written as when its own format is not taken, or is too large.
COPIES, FINEST = "jpeg", 95
# When a copy has too many bytes: first coarser, then smaller.
COARSER = (90, 85, 80, 70)
SMALLER = 0.85
# What a copy is written as is written fast, and opens anywhere.
SLOW = {"heic"}


@dataclass(frozen=True)
class Limits:
    """What a provider takes; 0 is no limit. `formats` are by our names of them.

    `long_side` and `short_side` hold either way round, `min_side` for both sides, all
    in pixels of the upright picture; `max_bytes` and `max_pixels` are inclusive. A
    picture that is stored on its side is turned first.
    """

    formats: tuple[str, ...]
    min_side: int = 0
    long_side: int = 0
    short_side: int = 0
    max_bytes: int = 0
    max_pixels: float = 0

    def verdict(self, facts: Facts) -> Verdict:
        """Say whether a picture is taken: as it is, as a copy, or not at all."""
        size = self.size(facts)
        if size and min(size) < self.min_side:
            return self._too_small(facts, size)
        if steps := self.steps(facts):
            reason = _("Sent as a copy: %(steps)s.") % {"steps": ", ".join(steps)}
            return Verdict("adapted", reason)
        return Verdict()

    def size(self, facts: Facts) -> tuple[int, int]:
        """Return the width and height in which a picture is sent; never enlarged."""
        long, short = max(facts.width, facts.height), min(facts.width, facts.height)
        scale = min(
            1.0,
            self.long_side / long if self.long_side else 1,
            self.short_side / short if self.short_side else 1,
            math.sqrt(self.max_pixels / (long * short)) if self.max_pixels else 1,
        )
        return scaled((facts.width, facts.height), scale)

    def steps(self, facts: Facts) -> list[str]:
        """Say in words what is done to make a copy; nothing when none is needed."""
        (width, height), written = self.size(facts), self.written(facts)
        steps, format = [], NAMES[written]
        if facts.orientation != 1:
            steps.append(_("turned upright"))
        if (width, height) != (facts.width, facts.height):
            words = {"width": width, "height": height}
            steps.append(_("made smaller to %(width)d × %(height)d") % words)
        if self.heavy(facts):
            said = {"format": format, "limit": megabytes(self.max_bytes)}
            steps.append(_("saved as %(format)s of at most %(limit)s") % said)
        elif written != facts.format:
            steps.append(_("saved as %(format)s") % {"format": format})
        if not steps or not facts.has_alpha or written in {"png", "webp", "heic"}:
            return steps
        return [*steps, _("laid on white where it is transparent")]

    def heavy(self, facts: Facts) -> bool:
        return bool(self.max_bytes) and facts.size > self.max_bytes

    def written(self, facts: Facts) -> str:
        """Return the format in which a picture is sent."""
        heavy = self.heavy(facts)
        if facts.format in self.formats and not heavy:
            changed = self.size(facts) != (facts.width, facts.height)
            changed |= facts.orientation != 1
            if not (changed and facts.format in SLOW):
                return facts.format
        clear = ("webp",) if heavy else ("png", "webp")
        kept = (one for one in clear if facts.has_alpha and one in self.formats)
        return next(kept, COPIES)

    def _too_small(self, facts: Facts, size: tuple[int, int]) -> Verdict:
        limit = f"{self.min_side} × {self.min_side} px"
        measured = f"{size[0]} × {size[1]} px"
        words = {"limit": self.min_side, "width": size[0], "height": size[1]}
        if size == (facts.width, facts.height):
            reason = _(
                "This picture has %(width)d × %(height)d pixels; each side needs at "
                "least %(limit)d."
            )
        else:
            reason = _(
                "This picture is too narrow: made as small as is taken, it has "
                "%(width)d × %(height)d pixels, and each side needs at least %(limit)d."
            )
        return Verdict("blocked", reason % words, limit, measured)

    @contextmanager
    def fitted(self, job: Job) -> Iterator[Path]:
        """Lend a file that the provider takes: the original, or a copy that fits.

        A stranger's bytes are decoded in the limited child only. Raises ProviderError
        for a picture that cannot be made to fit.
        """
        verdict = self.verdict(job.facts)
        if verdict.blocked:
            raise ProviderError(verdict.reason, "blocked", permanent=True)
        if verdict.state == "ok":
            with job.source() as path:
                yield path
            return
        yield self._copy(job)

    def _copy(self, job: Job) -> Path:
        """Write the copy into the job's scratch, unless it is there already."""
        copies = job.scratch / "fitted"
        if there := sorted(copies.glob("copy.*")):
            return there[0]
        copies.mkdir(exist_ok=True)
        # The pixels take more room than the copy, and are not needed once it is there.
        with tempfile.TemporaryDirectory(dir=job.scratch) as room:
            try:
                with job.source() as path:
                    given = pixels.load(path, Path(room))
                made = self._write(given, job.facts, Path(room))
            except pictures.Refused as no:
                raise ProviderError(no.message, no.code, permanent=True) from no
            return made.rename(copies / made.name)

    def _write(self, given: pixels.Pixels, facts: Facts, room: Path) -> Path:
        """Encode in the best quality that has not too many bytes."""
        size, written = self.size(facts), self.written(facts)
        tries = [(written, FINEST), *((COPIES, one) for one in COARSER)]
        while min(size) >= max(self.min_side, 1):
            array = resizing.resized(given.array, size=size)
            for format, quality in tries:
                to = room / f"copy{pictures.FORMATS[format].extension}"
                pixels.save(given.with_array(array), to, format=format, quality=quality)
                if not self.max_bytes or to.stat().st_size <= self.max_bytes:
                    return to
            size, tries = scaled(size, SMALLER), [(COPIES, COARSER[-1])]
        limit = megabytes(self.max_bytes)
        raise ProviderError(
            _("Not even a small copy has %(limit)s or less.") % {"limit": limit},
            "too_large",
            permanent=True,
        )

    def within(self, **others: int | float | tuple[str, ...] | None) -> Limits:
        """Return these limits with what a provider has said instead, where it has."""
        said = {name: value for name, value in others.items() if value}
        return replace(self, **said)  # type: ignore[arg-type]

    def __str__(self) -> str:
        """Say all of it in a line, for people."""
        said = [", ".join(NAMES[one] for one in self.formats)]
        if self.min_side:
            said.append(_("from %(side)d × %(side)d px") % {"side": self.min_side})
        if self.long_side and self.short_side:
            sides = {"long": self.long_side, "short": self.short_side}
            said.append(_("to %(long)d × %(short)d px, or turned") % sides)
        if self.max_pixels:
            number = f"{self.max_pixels / 1e6:g}"
            said.append(_("to %(number)s megapixels") % {"number": number})
        if self.max_bytes:
            said.append(_("to %(size)s") % {"size": megabytes(self.max_bytes)})
        return " · ".join(said)


def scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return a size made smaller; rounded down, so that no limit is passed."""
    if scale >= 1:
        return size
    # A hair more than the product: 3840 / 6000 times 6000 has to stay 3840.
    width, height = (max(1, math.floor(side * scale + 1e-6)) for side in size)
    return width, height


def megabytes(size: int) -> str:
    return f"{size / 2**20:g} MB"


def sent_as(name: str, path: Path) -> tuple[str, str]:
    """Return name and media type of what is sent; the name ends as its bytes are.

    For what `fitted` has lent: a copy may have another format than the original.
    """
    with path.open("rb") as file:
        form = pictures.known_format(file.read(pictures.HEAD))
    suffix = PurePath(name).suffix.lower()
    if form.name == "jpeg" and suffix == ".jpeg":
        return name, form.content_type
    stem = PurePath(name).stem if suffix else name
    return f"{stem}{form.extension}", form.content_type
