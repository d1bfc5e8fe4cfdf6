"""Signed addresses that take one file by PUT, and answer as an object storage does.

Errors are XML, as those of Google Cloud Storage and Amazon S3.
"""

from __future__ import annotations

import hmac
import re

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.html import escape
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from storages.backends.s3 import S3Storage

from imaging import clock, pictures
from imaging.models import Upload
from imaging.receiving import discard, received_part

SECONDS = 900
LENGTH = re.compile(r"\d{1,15}")


class PutError(Exception):
    """What a storage says instead of taking a file."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def put_address(request: HttpRequest, upload: Upload, seconds: int = SECONDS) -> str:
    """Return where this upload's file is to be PUT, with exactly its `headers`."""
    path = reverse("presigned_put", args=[upload.key])
    return signed(request, path, upload, seconds)


def part_address(request: HttpRequest, upload: Upload, number: int) -> str:
    """Return where one part is to be PUT: in our storage where that has addresses."""
    if isinstance(default_storage, S3Storage):
        where = {"Bucket": default_storage.bucket_name, "Key": upload.part_key(number)}
        return default_storage.bucket.meta.client.generate_presigned_url(
            "put_object",
            Params={**where, "ContentLength": upload.part_size(number)},
            ExpiresIn=SECONDS,
        )
    return signed(request, reverse("presigned_part", args=[upload.key, number]), upload)


def signed(
    request: HttpRequest, path: str, upload: Upload, seconds: int = SECONDS
) -> str:
    """Return an address of ours that takes one PUT, for so long."""
    until = int(clock.now().timestamp()) + seconds
    said = {"X-Expires": str(until), "X-Signature": signature(path, until, upload)}
    return request.build_absolute_uri(f"{path}?{urlencode(said)}")


def signature(path: str, until: int, upload: Upload) -> str:
    """Sign path, time and headers of the one request that is allowed."""
    # In an order of their own: PostgreSQL forgets the one in which they were written.
    written = sorted(upload.headers.items())
    headers = "\n".join(f"{name}:{said}" for name, said in written)
    text = f"PUT\n{path}\n{until}\n{headers}"
    return salted_hmac("imaging.api.presigned", text, algorithm="sha256").hexdigest()


@csrf_exempt
@require_http_methods(["PUT"])
def presigned_put(request: HttpRequest, key: str) -> HttpResponse:
    """Take one file into quarantine, where it waits to be completed."""
    return answer(request, key)


@csrf_exempt
@require_http_methods(["PUT"])
def presigned_part(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Take one part of a file into quarantine; the same part again replaces it."""
    return answer(request, key, number)


def answer(request: HttpRequest, key: str, part: int | None = None) -> HttpResponse:
    """Take what is sent, a whole file or one part, and answer as a storage does."""
    try:
        upload, size = permitted(request, key)
        if part is not None:
            if part not in upload.parts:
                raise PutError(404, "NoSuchKey", "There is no such part.")
            size = upload.part_size(part)
        with received_part(request, size) as content:
            if part is None:
                kept = upload.take_whole(content)
            else:
                kept = upload.add_part(part, content)
            if not kept:
                raise used(upload)
            return HttpResponse(headers={"ETag": f'"{content.digest[:32]}"'})
    except PutError as error:
        return dump(error)
    except pictures.Refused as refused:
        return dump(PutError(400, "IncompleteBody", refused.message))


def permitted(request: HttpRequest, key: str) -> tuple[Upload, int]:
    """Return the upload that this very request may send a file for, and its bytes."""
    # PostgreSQL takes no NUL, and no key has one.
    rows = Upload.objects.select_related("user", "team")
    upload = None if "\0" in key else rows.filter(key=key).first()
    if upload is None or not upload.user.is_active:
        raise PutError(404, "NoSuchKey", "The specified key does not exist.")
    try:
        check(request, upload)
        return upload, length_of(request, upload)
    except PutError:
        # Else whoever sends much hears of a broken connection, and no reason.
        discard(request, 2 * upload.max_bytes)
        raise


def check(request: HttpRequest, upload: Upload) -> None:
    """Raise PutError for a request that is not the one that was signed, or too late."""
    until = request.GET.get("X-Expires", "")
    said = request.GET.get("X-Signature", "")
    if set(request.GET) != {"X-Expires", "X-Signature"} or not LENGTH.fullmatch(until):
        raise differs()
    right = signature(request.path, int(until), upload)
    if not hmac.compare_digest(said.encode(), right.encode()):
        raise differs()
    if any(request.headers.get(name) != one for name, one in upload.headers.items()):
        raise differs()
    if int(until) < clock.now().timestamp():
        raise expired(upload)
    mine = Upload.objects.usable_by(upload.user).pending()
    if not mine.filter(pk=upload.pk).exists() or (upload.once and upload.whole):
        raise used(upload)


def length_of(request: HttpRequest, upload: Upload) -> int:
    """Return the bytes that the request says it will send, within the limits."""
    said = request.META.get("CONTENT_LENGTH") or ""
    if not said and "HTTP_TRANSFER_ENCODING" not in request.META:
        said = "0"
    if not LENGTH.fullmatch(said):
        raise PutError(411, "MissingContentLength", "A Content-Length is required.")
    if not int(said):
        raise PutError(400, "EntityTooSmall", "The file is empty.")
    if int(said) > upload.max_bytes:
        most = f"At most {upload.max_bytes} bytes are taken."
        raise PutError(400, "EntityTooLarge", most)
    return int(said)


def differs() -> PutError:
    return PutError(
        403, "SignatureDoesNotMatch", "The request is not the one that was signed."
    )


def expired(upload: Upload) -> PutError:
    """An address for one file ends as Amazon's do, the other as Google's."""
    if upload.once:
        return PutError(403, "AccessDenied", "Request has expired")
    return PutError(400, "ExpiredToken", "The provided token has expired.")


def used(upload: Upload) -> PutError:
    return PutError(403, "AccessDenied", "This address has been used.")


def dump(error: PutError) -> HttpResponse:
    said = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message></Error>"
    )
    return HttpResponse(said, status=error.status, content_type="application/xml")
