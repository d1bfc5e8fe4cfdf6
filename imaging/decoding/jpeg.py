"""The segments of a JPEG, without decoding one."""

import mmap
import re
from collections.abc import Iterator

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
# In coded data FF is followed by 00 or a restart marker; what else follows ends it.
NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
ALONE = {0x01, *range(0xD0, 0xD9)}


def segments(data: bytes | mmap.mmap) -> Iterator[tuple[int, int, int]]:
    """Yield marker, beginning and end of each segment; a scan has its data with it.

    Ends behind the end-of-image marker, or where the file is not a JPEG any more.
    """
    at = 2
    while found := NEXT_MARKER.search(data, at):
        at, marker = found.start(), data[found.start() + 1]
        if marker == END_OF_IMAGE:
            yield marker, at, at + 2
            return
        end = at + 2
        if marker not in ALONE:
            end += int.from_bytes(data[end : end + 2])
        if marker == START_OF_SCAN:
            behind = NEXT_MARKER.search(data, end)
            end = behind.start() if behind else len(data)
        yield marker, at, end
        at = end


def count_scans(data: bytes, most: int) -> int:
    """Count the passes in which a picture is stored; stop counting beyond `most`."""
    scans = 0
    for marker, _, _ in segments(data):
        scans += marker == START_OF_SCAN
        if scans > most:
            break
    return scans
