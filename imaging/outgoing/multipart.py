"""A multipart/form-data body that is read from its files while it is sent."""

import os
from collections.abc import Iterator, Mapping
from typing import IO

from urllib3.fields import RequestField
from urllib3.filepost import choose_boundary

CHUNK = 65_536

# A file's name, its bytes or an open file, and its media type.
Part = tuple[str, bytes | IO[bytes], str]
Fields = Mapping[str, str | list[str]]


class Multipart:
    """Text fields first, then files; the length is known before the first byte."""

    def __init__(self, fields: Fields, files: Mapping[str, Part]) -> None:
        self.boundary = choose_boundary()
        self._pieces: list[bytes | IO[bytes]] = []
        for name, value in fields.items():
            for one in [value] if isinstance(value, str) else value:
                self._add(RequestField(name, b""), None, one.encode())
        for name, (filename, content, media_type) in files.items():
            field = RequestField(name, b"", filename)
            self._add(field, media_type, content)
        self._pieces.append(f"--{self.boundary}--\r\n".encode())
        self._length = sum(map(_length, self._pieces))

    def _add(
        self, field: RequestField, media_type: str | None, content: bytes | IO[bytes]
    ) -> None:
        field.make_multipart(content_type=media_type)
        head = f"--{self.boundary}\r\n{field.render_headers()}"
        self._pieces += [head.encode(), content, b"\r\n"]

    @property
    def content_type(self) -> str:
        """Return the header that goes with the body."""
        return f"multipart/form-data; boundary={self.boundary}"

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                while chunk := piece.read(CHUNK):
                    yield chunk


def _length(piece: bytes | IO[bytes]) -> int:
    if isinstance(piece, bytes):
        return len(piece)
    here = piece.tell()
    end = piece.seek(0, os.SEEK_END)
    piece.seek(here)
    return end - here
