"""What is refused of a stranger's file, and the sentence that says so.

Light on purpose: the web process, the upload handler and the decoding child share it.
"""

import math

MAX_BYTES = 100 * 1024 * 1024
MIN_SIDE = 64
ACCEPTED = "JPEG, PNG, BMP, WebP or HEIC"
STATUS = {"empty": 400, "too_many_bytes": 413, "unknown_format": 415}

Measure = float | int | str | None


class Refused(Exception):  # noqa: N818 - it is an answer to a person, not a fault
    """A file that is not taken: which limit, which measured value, what to do next."""

    def __init__(
        self,
        code: str,
        message: object,
        *,
        limit: Measure = None,
        measured: Measure = None,
        status: int | None = None,
    ) -> None:
        super().__init__(str(message))
        self.code = code
        self.message = str(message)
        self.limit = limit
        self.measured = measured
        self.status = status or STATUS.get(code, 422)


def check_size(size: int) -> None:
    """Refuse a file for its bytes."""
    if not size:
        raise empty()
    if size > MAX_BYTES:
        raise too_many_bytes(size)


def check_sides(width: int, height: int, most: float) -> None:
    """Refuse a picture for its sides, as stored; `most` is in pixels."""
    if width * height > most:
        raise too_large_pixels(width, height, most / 1e6)
    if min(width, height) < MIN_SIDE:
        raise too_small(width, height)


def empty() -> Refused:
    return Refused(
        "empty",
        "The file is empty (0 bytes, at least 1 is needed). "
        "Choose it again, or save it once more in the program it came from.",
        limit=1,
        measured=0,
    )


def too_many_bytes(size: int, limit: int = MAX_BYTES) -> Refused:
    """Refuse for size; while receiving, `size` is what has arrived so far."""
    return Refused(
        "too_many_bytes",
        f"The file has {_mebibytes(size)} MB or more; at most {limit / 2**20:g} MB are "
        "taken. Save it as a JPEG, or smaller, and try again.",
        limit=limit,
        measured=size,
    )


def unknown_format(found: str) -> Refused:
    seen = f"looks like {found}, which is" if found else "is"
    return Refused(
        "unknown_format",
        f"The content of this file {seen} not a picture that can be taken here. "
        f"Send it as {ACCEPTED}.",
        limit=ACCEPTED,
        measured=found or "unknown",
    )


def too_small(width: int, height: int) -> Refused:
    return Refused(
        "too_small",
        f"This picture is {width:,} × {height:,} pixels; each side needs at least "
        f"{MIN_SIDE}. Send a larger version of it.",
        limit=MIN_SIDE,
        measured=min(width, height),
    )


def too_large_pixels(width: int, height: int, limit: float) -> Refused:
    """Refuse for pixels; `limit` is in megapixels."""
    # Rounded up, so that 62.04 is not shown as the 62.0 that would be allowed.
    megapixels = math.ceil(width * height / 100_000) / 10
    return Refused(
        "too_large_pixels",
        f"This picture has {megapixels:,} megapixels ({width:,} × {height:,}); at most "
        f"{limit:g} are taken. Make it smaller and send it again.",
        limit=limit,
        measured=megapixels,
    )


def wrong_length(said: int | str, size: int) -> Refused:
    return Refused(
        "wrong_length",
        f"This part has {said} bytes and should have {size}. Send it again.",
        limit=size,
        measured=said,
        status=400,
    )


def changed_on_the_way() -> Refused:
    return Refused(
        "changed_on_the_way",
        "What arrived is not what was announced: the file was changed on its way, or "
        "while it was sent. Send it again.",
    )


def damaged(kind: str) -> Refused:
    return Refused(
        "damaged",
        f"This {kind.upper()} file is damaged or incomplete: it cannot be read to its "
        "end. Copy it again from where it came, or save it once more, and try again.",
        measured=kind,
    )


def too_many_scans(limit: int) -> Refused:
    return Refused(
        "too_complex",
        f"This JPEG is stored in more than {limit} passes, the most that are read. "
        "Save it again as a plain JPEG and send that.",
        limit=limit,
        measured=f"more than {limit}",
    )


def too_much_memory(limit: int) -> Refused:
    return Refused(
        "too_complex",
        f"Reading this picture takes more than the {limit // 2**20:,} MB of memory "
        "that it may use. Save it again as a plain JPEG or PNG and send that.",
        limit=limit,
        measured=f"more than {limit}",
    )


def too_slow(seconds: float, *, processor: bool) -> Refused:
    """Refuse for time; `processor` tells computing time from time on the clock."""
    seconds = round(seconds, 1)
    what = "of computing time" if processor else "on the clock"
    return Refused(
        "too_slow",
        f"Reading this picture took more than the {seconds:g} seconds {what} that it "
        "may take. Save it again as a plain JPEG or PNG, or smaller, and try again.",
        limit=seconds,
        measured=f"more than {seconds:g}",
    )


def _mebibytes(size: int) -> str:
    """Round up to a tenth, so that a measured value never equals the limit it broke."""
    return f"{math.ceil(size / 2**20 * 10) / 10:,}"
