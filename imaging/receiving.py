"""Files on their way in: hashed while they arrive, refused as soon as too large."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Protocol

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    SkipFile,
    StopUpload,
    TemporaryFileUploadHandler,
)
from django.http import HttpRequest, UnreadablePostError

from imaging.decoding.formats import clean_name
from imaging.decoding.refusals import MAX_BYTES, Refused, too_many_bytes, wrong_length
from imaging.delivery.handover import release_connections
from imaging.digests import Digest

# As config/bodies.py reads.
CHUNK = 1 << 19


class ReceivedFile(TemporaryUploadedFile):
    """An uploaded file with the SHA-256 of its bytes."""

    digest = ""


class HashingUploadHandler(TemporaryFileUploadHandler):
    """Writes each file of a form to disk while hashing it.

    A form is read before its view can look at who sent it, so nothing is written for
    somebody who is not signed in.
    What is too large is noted for `refused_files`, and the other files still arrive;
    a file that does not end by twice the limit ends the whole request.
    """

    chunk_size = CHUNK
    file: ReceivedFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        if is_stranger(self.request):
            raise SkipFile
        # Django would make the end of the stranger's name a part of the path.
        self.file = ReceivedFile(
            "file", self.content_type, 0, self.charset, self.content_type_extra
        )
        self.file.name = clean_name(self.file_name or "")
        self.digest = Digest()
        self.refused = False
        self.most = getattr(self.request, "most_bytes", MAX_BYTES)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        received = start + len(raw_data)
        if received <= self.most:
            self.digest.update(raw_data)
            self.keep(raw_data)
        elif not self.refused:
            self.refuse(too_many_bytes(received, self.most))
        elif received > 2 * self.most:
            raise StopUpload(connection_reset=True)

    def keep(self, raw_data: bytes) -> None:
        """Write a piece; where there is no room for it, what is half there goes."""
        try:
            self.file.write(raw_data)
        except OSError:
            with suppress(OSError):
                self.file.close()
            raise

    def refuse(self, refusal: Refused) -> None:
        """Note the refusal, and free the disk at once."""
        self.refused = True
        self.file.close()
        noted = self.request.__dict__.setdefault("refused_files", [])
        noted.append((self.file.name, refusal))

    def file_complete(self, file_size: int) -> ReceivedFile | None:
        if self.refused:
            return None
        self.file.digest = self.digest.hexdigest()
        super().file_complete(file_size)
        return self.file


def is_stranger(request: HttpRequest | None) -> bool:
    """Say whether nobody is signed in; a slow upload then holds no connection.

    A guest is none whom a view has let in by `admit`, before anything was read.
    """
    user = getattr(request, "user", None)
    if user is None:
        return False
    stranger = not (user.is_authenticated or getattr(request, "admitted", False))
    release_connections()
    return stranger


def admit(request: HttpRequest) -> None:
    """Take the files of a form that was not read yet, though nobody is signed in."""
    request.__dict__["admitted"] = True


def bound_files(request: HttpRequest, most: int) -> None:
    """Let each file of a form that was not read yet have at most so many bytes.

    Raises Refused where the whole request says more than two such files have.
    """
    said = request.META.get("CONTENT_LENGTH") or ""
    if said.isdecimal() and int(said) > 2 * most:
        raise too_many_bytes(int(said), most)
    request.__dict__["most_bytes"] = most


def refused_files(request: HttpRequest) -> list[tuple[str, Refused]]:
    """Return name and refusal of the files that did not make it into request.FILES."""
    return getattr(request, "refused_files", [])


class Readable(Protocol):
    """What bytes can be read from, such as a request."""

    def read(self, size: int, /) -> bytes: ...


@contextmanager
def received_part(request: HttpRequest, size: int) -> Iterator[ReceivedFile]:
    """Lend the body of a request as a file of exactly `size` bytes. Raises Refused.

    A body that says another length is not read.
    """
    if (said := request.META.get("CONTENT_LENGTH") or "0") != str(size):
        raise wrong_length(said, size)
    release_connections()
    with ReceivedFile("part", "", size, None) as part:
        try:
            part.digest = receive(request, part, size)
        except UnreadablePostError as error:
            raise wrong_length("less", size) from error
        if part.tell() != size:
            raise wrong_length(part.tell(), size)
        part.flush()
        yield part


def receive(source: Readable, to: IO[bytes], most: int = MAX_BYTES) -> str:
    """Write a body to a file and return its SHA-256; raise Refused beyond `most`."""
    digest, received = Digest(), 0
    while chunk := source.read(CHUNK):
        received += len(chunk)
        if received > most:
            raise too_many_bytes(received, most)
        digest.update(chunk)
        to.write(chunk)
    return digest.hexdigest()


def discard(request: HttpRequest, most: int) -> None:
    """Read a body of up to so many bytes to its end, and keep nothing of it."""
    said = request.META.get("CONTENT_LENGTH") or ""
    if not (said.isdecimal() and len(said) < 16 and int(said) <= most):
        return
    release_connections()
    with suppress(UnreadablePostError):
        while request.read(CHUNK):
            pass
