"""The bytes of a picture, kept once per team, with facts and renditions."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imaging import faults, pictures
from imaging.models.fields import UUIDModel
from imaging.models.leases import identity, is_dead
from imaging.models.people import Team

log = logging.getLogger(__name__)
WRITING_LIMIT = timedelta(minutes=15)
ERASING_LIMIT = timedelta(seconds=30)
STORAGE_FULL = _(
    "Your team's storage is full. Delete pictures, or ask the operator for more room."
)


class BlobQuerySet(models.QuerySet["Blob"]):
    def hold(self, **which: Any) -> Blob:
        """Lock a stored blob in this transaction: nobody deletes it meanwhile."""
        return self.select_for_update(no_key=True).get(stored=True, **which)

    def abandoned(self) -> list[Blob]:
        """Return blobs whose writer died, or has not been heard of for long."""
        late = timezone.now() - WRITING_LIMIT
        writing = self.filter(stored=False)
        return [row for row in writing if row.created < late or is_dead(row.writer)]

    def draft(
        self, team: Team, path: Path, digest: str, picture: pictures.Picture
    ) -> Blob:
        """Write checked bytes that the team does not have yet; return their blob.

        It counts only once `settle` has made it so, in the transaction that makes the
        image; if this process dies before that, the sweep removes row and files.
        """
        if known := self.filter(team=team, digest=digest, stored=True).first():
            if known.flaw:
                known.bring_back(path)
            return known
        blob = self.create(
            team=team, digest=digest, writer=identity(), **facts_of(picture)
        )
        try:
            blob.write(path, picture)
        except BaseException:
            blob.erase()
            raise
        return blob


def facts_of(picture: pictures.Picture) -> dict[str, Any]:
    """Return the columns of a blob that a checked picture fills."""
    return {
        "size": picture.size,
        "format": picture.format,
        "content_type": picture.content_type,
        "extension": picture.extension,
        "width": picture.width,
        "height": picture.height,
        "orientation": picture.orientation,
        "mode": picture.mode,
        "frames": picture.frames,
        "has_alpha": picture.has_alpha,
        "icc": picture.icc[:200],
        "placeholder": picture.placeholder,
        "descriptor": picture.descriptor,
    }


class Blob(UUIDModel):
    """The bytes of one SHA-256 in one team, with facts and renditions.

    `width` and `height` are upright, as a person sees the picture; `orientation` is
    what the file says. Deleted with the last Image that shares it.
    """

    class Flaw(models.TextChoices):
        MISSING = "missing", _("the file is missing")
        SIZE = "size", _("the file has another size than it came with")
        CHANGED = "changed", _("the file has changed")

    team = models.ForeignKey(Team, models.PROTECT, related_name="blobs")
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    format = models.CharField(max_length=10)
    content_type = models.CharField(max_length=50)
    extension = models.CharField(max_length=10)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    orientation = models.PositiveSmallIntegerField(default=1)
    mode = models.CharField(max_length=10)
    frames = models.PositiveIntegerField(default=1)
    has_alpha = models.BooleanField(default=False)
    icc = models.CharField(max_length=200, blank=True)
    placeholder = models.TextField(blank=True)
    # name of the rendition -> {"key", "type", "width", "height", "size"}
    renditions = models.JSONField(default=dict)
    rendered = models.BooleanField(default=False)
    # What guests may keep, made when first wanted; mode of a share link -> as above.
    copies = models.JSONField(default=dict)
    # What the picture looks like, nothing where nobody could tell; and since when that
    # can be read, by the database's clock.
    descriptor = models.BinaryField(default=b"")
    described = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(default=timezone.now)
    stored = models.BooleanField(default=False)
    # What the last check found wrong with the original, if anything.
    flaw = models.CharField(max_length=10, choices=Flaw, blank=True, editable=False)
    writer = models.CharField(max_length=150, blank=True)

    objects = BlobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "digest"],
                condition=Q(stored=True),
                name="bytes_once_per_team",
            )
        ]
        indexes = [
            models.Index(fields=["created"], condition=Q(stored=False), name="writing"),
            models.Index(
                fields=["created"], condition=Q(rendered=False), name="to_render"
            ),
            models.Index(
                fields=["created"], condition=Q(described=None), name="to_describe"
            ),
            models.Index(fields=["described"], name="described"),
            # With the size, so that what came in a day is summed up by it alone.
            models.Index(fields=["-created", "size"], name="newest_blobs"),
        ]

    def __str__(self) -> str:
        return f"{self.digest[:12]} {self.width} × {self.height} {self.format}"

    @property
    def folder(self) -> str:
        return f"{self.team_id}/{self.pk.hex[:2]}/{self.pk.hex}"

    @property
    def key(self) -> str:
        """Return where the bytes lie in the storage; no name of a stranger in it."""
        return f"{self.folder}/original{self.extension}"

    def files(self) -> list[tuple[str, int]]:
        """Return the key and size of the original, each rendition and each copy."""
        made = [*self.renditions.values(), *self.copies.values()]
        kept = {one["key"]: one["size"] for one in made if one["key"]}
        return list({self.key: self.size, **kept}.items())

    def open(self) -> File:
        return default_storage.open(self.key)

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        """Lend the bytes as a file; a copy is made only where storage is remote."""
        if isinstance(default_storage, FileSystemStorage):
            yield Path(default_storage.path(self.key))
            return
        with (
            tempfile.NamedTemporaryFile(
                dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=self.extension
            ) as copy,
            self.open() as stored,
        ):
            for chunk in stored.chunks(1 << 20):
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)

    def write(self, path: Path, picture: pictures.Picture) -> None:
        """Write the bytes and the renditions that came with them.

        These are noted by `settle`, which saves a transaction.
        """
        faults.reach("file-begun")
        with path.open("rb") as source:
            self.save_file(self.key, File(source, name=str(path)))
        faults.reach("file-written")
        self.write_renditions(picture.renditions)
        self.rendered = len(picture.renditions) > 1

    def bring_back(self, path: Path) -> None:
        """Write an original anew that was lost; the bytes are checked to be the same.

        If the blob was deleted meanwhile, they are removed again.
        """
        with path.open("rb") as source:
            self.save_file(self.key, File(source, name=str(path)))
        mine = Blob.objects.filter(pk=self.pk, stored=True)
        if not mine.update(flaw="", rendered=False):
            default_storage.delete(self.key)
        self.flaw, self.rendered = "", False

    def add_renditions(
        self, renditions: Iterable[pictures.Rendition], *, complete: bool
    ) -> None:
        """Write renditions and note them; writing the same ones again is harmless.

        If the blob was deleted or taken over meanwhile, they are removed again.
        """
        self.write_renditions(renditions)
        self.rendered = complete
        mine = Blob.objects.filter(pk=self.pk, stored=self.stored, writer=self.writer)
        if not mine.update(renditions=self.renditions, rendered=complete):
            for key, _size in self.files()[1:]:
                default_storage.delete(key)

    def write_renditions(self, renditions: Iterable[pictures.Rendition]) -> None:
        for made in renditions:
            key = f"{self.folder}/{made.name}{made.suffix}"
            self.save_file(key, ContentFile(made.data))
            self.renditions[made.name] = {
                "key": key,
                "type": made.content_type,
                "width": made.width,
                "height": made.height,
                "size": len(made.data),
            }

    @staticmethod
    def save_file(key: str, content: File) -> None:
        """Save under exactly this key; a storage that renames would lose the file."""
        if (saved := default_storage.save(key, content)) != key:
            default_storage.delete(saved)
            raise OSError(f"The storage would not keep the name {key}.")

    def describe(self) -> None:
        """Note what the picture looks like, nothing if it cannot be read any more."""
        with self.local_copy() as path:
            try:
                descriptor = pictures.describe(path)
            except pictures.Refused as error:
                log.warning("blob %s cannot be described: %s", self.pk, error.message)
                descriptor = b""
        mine = Blob.objects.filter(pk=self.pk, stored=True, described=None)
        mine.update(descriptor=descriptor, described=Now())

    def settle(self) -> Blob:
        """Make the bytes count, in the caller's transaction; return the blob to use.

        That is another one where somebody stored the same bytes meanwhile. Raises
        Blob.DoesNotExist when they were deleted meanwhile, pictures.Refused when the
        team has no room for them.
        """
        if self.stored:
            return Blob.objects.hold(pk=self.pk)
        try:
            with transaction.atomic():
                mine = Blob.objects.filter(pk=self.pk, stored=False, writer=self.writer)
                made = {"renditions": self.renditions, "rendered": self.rendered}
                if not mine.update(stored=True, writer="", described=Now(), **made):
                    raise Blob.DoesNotExist
        except IntegrityError:
            # The picture is stored by then: what cannot be erased is left to the sweep.
            transaction.on_commit(self.erase, robust=True)
            return Blob.objects.hold(team=self.team_id, digest=self.digest)
        if not self.team.take_bytes(self.size):
            raise pictures.Refused("storage_full", STORAGE_FULL, status=413)
        return self

    def erase(self) -> None:
        """Remove what is not stored: files first, so that nothing is forgotten.

        Who has taken it over may have removed the row, and have looked for files before
        the last of them was written.
        """
        mine = Blob.objects.filter(pk=self.pk)
        if mine.filter(stored=True).exists():
            return
        with suppress(FileNotFoundError):
            # Its writer may have died before it had noted what it wrote.
            for name in default_storage.listdir(self.folder)[1]:
                default_storage.delete(f"{self.folder}/{name}")
            default_storage.delete(self.folder)
        mine.filter(stored=False).delete()

    def take_over(self) -> bool:
        """Make an abandoned blob ours to erase; its late writer cannot settle it."""
        left = Blob.objects.filter(pk=self.pk, stored=False, writer=self.writer)
        return bool(left.update(writer=identity()))

    def release(self) -> None:
        """Let go of bytes that no image shares, in the transaction of the last one."""
        try:
            blob = Blob.objects.hold(pk=self.pk)
        except Blob.DoesNotExist:
            return
        if blob.images.exists():
            return
        # Nobody writes these: what is not erased soon is another's to erase.
        began = timezone.now() - WRITING_LIMIT + ERASING_LIMIT
        Blob.objects.filter(pk=self.pk).update(
            stored=False, writer=identity(), created=began
        )
        self.team.give_back_bytes(self.size)
