"""Files on their way in: permissions to send one, in parts, and what came of it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, models
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from imaging import faults, pictures
from imaging.decoding import refusals
from imaging.models.blobs import STORAGE_FULL, Blob
from imaging.models.fields import UUIDModel, new_token
from imaging.models.images import Image
from imaging.models.imagesets import in_hands_of
from imaging.models.people import Team, User

if TYPE_CHECKING:
    from imaging.receiving import ReceivedFile

PART = 8 << 20
IN_PARTS_ABOVE = 16 << 20
QUARANTINE = "uploads"
# So long a file that is here waits to be completed.
AWAITED = timedelta(days=1)


Prepared = Callable[[Path], AbstractContextManager[Path]]


class Incomplete(Exception):
    """A file that cannot be put together yet; `present` are the parts that are here."""

    def __init__(self, present: list[int]) -> None:
        super().__init__(f"Only the parts {present} are here.")
        self.present = present


class UploadQuerySet(models.QuerySet["Upload"]):
    def pending(self) -> UploadQuerySet:
        return self.filter(state=Upload.State.PENDING, expires__gt=timezone.now())

    def usable_by(self, user: User) -> UploadQuerySet:
        """Return the uploads this person began, and may still go on with."""
        return self.filter(in_hands_of(user, owner="user"), user=user)

    def over(self) -> UploadQuerySet:
        """Return what nobody can go on with: such an upload stays over."""
        return self.filter(expires__lte=timezone.now())

    def permit(self, team: Team, user: User, name: str, **limits: Any) -> Upload:
        """Let this person send one file. Raises pictures.Refused past the bound."""
        waiting = self.filter(team=team).pending().count()
        if waiting >= team.max_pending_uploads:
            raise pictures.Refused(
                "too_many_uploads",
                _t(
                    "%(waiting)s uploads are waiting for their bytes; the bound is "
                    "%(limit)s. Finish or cancel some first."
                )
                % {"waiting": waiting, "limit": team.max_pending_uploads},
                status=413,
            )
        name = pictures.clean_name(name)
        return self.create(team=team, user=user, name=name, **limits)

    def resume(
        self, team: Team, user: User, name: str, *, digest: str, size: int, **more: Any
    ) -> Upload:
        """Let this person go on sending these bytes, or begin. Raises Refused.

        Without a digest nobody knows which bytes they are, so it always begins.
        """
        refusals.check_size(size)
        begun = self.filter(team=team, user=user, digest=digest, size=size)
        if digest and (upload := begun.pending().first()) and upload.touch():
            return upload
        if team.bytes_used + size > team.max_bytes:
            raise pictures.Refused("storage_full", STORAGE_FULL, status=413)
        facts = {"digest": digest, "size": size, "max_bytes": size, **more}
        return self.permit(team, user, name, **facts)


def in_a_quarter_hour() -> Any:
    return timezone.now() + timedelta(minutes=15)


def write(key: str, content: File) -> None:
    """Keep what has arrived under exactly this key."""
    Blob.save_file(key, content)
    faults.reach("part-written")


class Upload(UUIDModel):
    """One permission to send a file, and what came of it.

    What has arrived lies in quarantine under `key`, in parts of 8 MiB: nothing reads
    or serves it until `complete` has put it through `Image.objects.store`. It lasts
    until a quarter of an hour has passed without another part.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for bytes")
        COMPLETED = "completed", _("stored")
        REFUSED = "refused", _("refused")
        CANCELLED = "cancelled", _("cancelled")

    team = models.ForeignKey(Team, models.CASCADE, related_name="uploads")
    user = models.ForeignKey(User, models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=150)
    key = models.CharField(max_length=50, unique=True, default=new_token)
    digest = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    max_bytes = models.BigIntegerField(default=pictures.MAX_BYTES)
    # For a file that comes by one PUT: the name it got in the quarantine, the headers
    # that its address is bound to, and whether that address is good for one file only.
    whole = models.CharField(max_length=60, blank=True)
    headers = models.JSONField(default=dict)
    once = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    reason = models.TextField(blank=True)
    image = models.ForeignKey(
        Image, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(default=in_a_quarter_hour)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["team", "state", "expires"], name="waiting"),
            models.Index(fields=["-created"], name="newest_uploads"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"

    @property
    def folder(self) -> str:
        return f"{QUARANTINE}/{self.key}"

    @property
    def parts(self) -> range:
        """Return the numbers of all parts."""
        return range(-(-self.size // PART))

    def part_size(self, number: int) -> int:
        """Return the bytes of one part; the last is what is left."""
        return min(PART, self.size - number * PART)

    def part_key(self, number: int) -> str:
        return f"{self.folder}/{number}"

    def present(self) -> list[int]:
        """Return the parts that are here, whole."""
        named = {int(name) for name in self.names() if name.isdigit()}
        return [number for number in self.parts if number in named and self.has(number)]

    def has(self, number: int) -> bool:
        """Say whether a part is as long as it has to be: a storage takes any length."""
        try:
            size = default_storage.size(self.part_key(number))
        except FileNotFoundError:
            return False
        return size == self.part_size(number)

    def names(self) -> list[str]:
        """Return the names of everything that lies in quarantine."""
        with suppress(FileNotFoundError):
            return list(default_storage.listdir(self.folder)[1])
        return []

    def touch(self) -> bool:
        """Let a quarter of an hour begin anew; False when this upload is over."""
        mine = Upload.objects.pending().filter(pk=self.pk)
        longer = Greatest("expires", in_a_quarter_hour())
        return bool(mine.update(expires=longer))

    def add_part(self, number: int, content: File) -> bool:
        """Keep one part, of which all bytes are here; False when it came too late."""
        key = self.part_key(number)
        write(key, content)
        if self.touch():
            return True
        default_storage.delete(key)
        return False

    def take_whole(self, content: ReceivedFile) -> bool:
        """Keep a file that came by one PUT; False when it came too late.

        Until it is completed another one takes its place, unless its address was good
        for one only.
        """
        name = f"whole-{new_token()}"
        key = f"{self.folder}/{name}"
        write(key, content)
        mine = Upload.objects.pending().filter(pk=self.pk)
        if mine.filter(whole="" if self.once else self.whole).update(
            whole=name,
            size=content.size,
            digest=content.digest,
            expires=timezone.now() + AWAITED,
        ):
            if self.whole:
                default_storage.delete(f"{self.folder}/{self.whole}")
            return True
        default_storage.delete(key)
        return False

    def complete(self, *, prepared: Prepared = nullcontext, **fields: Any) -> Image:
        """Put the parts together and store the picture, once however often called.

        `prepared` lends the file that is stored for the one that has arrived, `fields`
        are for `Image.objects.store`. Raises Incomplete, pictures.Refused, and
        Upload.DoesNotExist when it is over.
        """
        if self.state == self.State.COMPLETED and self.image:
            return self.image
        if not self.touch():
            raise Upload.DoesNotExist
        try:
            with self.assembled() as path, prepared(path) as ready:
                digest = self.digest if ready == path else ""
                image = self.store(ready, digest=digest, **fields)
        except pictures.Refused as refused:
            self.end(self.State.REFUSED, reason=refused.message)
            raise
        except (FileNotFoundError, Incomplete):
            # Another request may have completed it, and taken the parts away.
            made = Image.objects.filter(pk=self.pk).first()
            if made is None:
                raise Incomplete(self.present()) from None
            image = made
        self.end(self.State.COMPLETED, image=image)
        return image

    def store(self, path: Path, **fields: Any) -> Image:
        """Store the picture under this upload's own id, which can be given once."""
        try:
            return Image.objects.store(
                path,
                team=self.team,
                owner=self.user,
                name=self.name,
                id=self.pk,
                **fields,
            )
        except IntegrityError:
            return Image.objects.get(pk=self.pk)

    @contextmanager
    def assembled(self) -> Iterator[Path]:
        """Lend the whole file. Raises Incomplete; Refused when the digest differs."""
        names = [self.whole]
        if not self.whole:
            present = self.present()
            if not present or present != list(self.parts):
                raise Incomplete(present)
            names = list(map(str, self.parts))
        digest = hashlib.sha256()
        with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as whole:
            for name in names:
                with default_storage.open(f"{self.folder}/{name}") as part:
                    for chunk in part.chunks(1 << 20):
                        digest.update(chunk)
                        whole.write(chunk)
            whole.flush()
            if self.digest and digest.hexdigest() != self.digest:
                raise refusals.changed_on_the_way()
            yield Path(whole.name)

    def cancel(self) -> None:
        """Take the permission back, and remove what has arrived."""
        self.end(self.State.CANCELLED)

    def end(self, state: str, **facts: Any) -> None:
        """Let it be over. What a crash leaves behind is erased when it has expired."""
        pending = Upload.objects.filter(pk=self.pk, state=self.State.PENDING)
        pending.update(state=state, **facts)
        faults.reach("upload-ended")
        self.erase()

    def erase(self) -> None:
        """Remove what lies in quarantine."""
        for name in self.names():
            default_storage.delete(f"{self.folder}/{name}")
        # A part that comes too late is in it until its request has removed it.
        with suppress(OSError):
            default_storage.delete(self.folder)
