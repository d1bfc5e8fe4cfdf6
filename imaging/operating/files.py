"""Whether the files are those of the rows: one walk, both ways, in portions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import groupby
from uuid import UUID

from django.core.files.storage import default_storage
from django.utils import timezone

from imaging.models import Blob, Team
from imaging.operating import mending
from imaging.operating.mending import GRACE
from imaging.operating.problems import Problem
from imaging.operating.walking import StoredFile, portions, top, walk
from imaging.pictures import digest_of

# Folders, each of one blob or upload, that are compared with the rows at once.
AT_ONCE = 500


def files(*, deep: bool = False) -> Iterator[Problem]:
    """Nothing acknowledged is lost, and every file belongs to a blob or an upload.

    Reads the storage once, in the order of names; `deep` also reads every original.
    """
    teams = list(Team.objects.order_by("pk").values_list("pk", flat=True))
    for team in teams:
        yield from files_of(team, deep=deep)
    ours = {str(team) for team in teams}
    folders, loose = top()
    for name in sorted(set(folders) - ours):
        yield from unowned(walk(f"{name}/"))
    yield from (orphan(name) for name in sorted(loose))


def files_of(team: UUID, *, deep: bool = False) -> Iterator[Problem]:
    """Compare the files of a team with its blobs; both come in the same order."""
    strange: list[StoredFile] = []
    regular = re.compile(rf"{team}/([0-9a-f]{{2}})/(\1[0-9a-f]{{30}})/[^/]+")

    def ordered() -> Iterator[StoredFile]:
        for file in walk(f"{team}/"):
            if regular.fullmatch(file.key):
                yield file
            else:
                strange.append(file)

    after: UUID | None = None
    groups = ((name, list(some)) for name, some in groupby(ordered(), by_folder))
    for portion in portions(groups, AT_ONCE):
        there = {UUID(name): some for name, some in portion}
        upto = max(there)
        yield from compare(team, there, after, upto, deep=deep)
        after = upto
    yield from compare(team, {}, after, None, deep=deep)
    yield from unowned(strange)


def by_folder(file: StoredFile) -> str:
    return file.folder


def compare(
    team: UUID,
    there: dict[UUID, list[StoredFile]],
    after: UUID | None,
    upto: UUID | None,
    *,
    deep: bool,
) -> Iterator[Problem]:
    """Compare folders with the blobs of a team whose ids lie in the same span."""
    rows = Blob.objects.filter(team=team).order_by("pk")
    rows = rows.filter(pk__gt=after) if after else rows
    rows = rows.filter(pk__lte=upto) if upto else rows
    known = set()
    for blob in in_portions(rows):
        known.add(blob.pk)
        if blob.stored:
            found = there.get(blob.pk, [])
            yield from flaws(blob, found, deep=deep)
            yield from unnoted(blob, found)
    lost = [file for pk, some in there.items() if pk not in known for file in some]
    yield from unowned(lost)


def in_portions(rows: Iterable[Blob]) -> Iterator[Blob]:
    """Read rows that are sorted by id some at a time; no query stays open meanwhile."""
    lean = rows.defer("placeholder", "descriptor")  # type: ignore[attr-defined]
    some = list(lean[:AT_ONCE])
    while some:
        yield from some
        some = list(lean.filter(pk__gt=some[-1].pk)[:AT_ONCE])


def flaws(blob: Blob, found: list[StoredFile], *, deep: bool) -> Iterator[Problem]:
    """Every file of a blob is there, of the right size; `deep`: with its bytes."""
    sizes = {file.key: file.size for file in found}
    whole = True
    for key, size in blob.files():
        # What was written since the list was read is looked for once more.
        if sizes.get(key) != size and (said := flaw_now(blob, key)):
            yield flawed(blob, key, said)
            whole = whole and key != blob.key
    # One that was found wrong before is read in any case.
    if whole and (deep or blob.flaw) and (said := changed(blob)):
        yield flawed(blob, blob.key, said)
    elif whole and blob.flaw:
        said = f"blob {blob.pk}: its file is here, and it is said to be missing"
        yield Problem(said, partial(mending.welcome, blob.pk))


def flaw_now(blob: Blob, key: str) -> str:
    """Say what is wrong with a file at this moment, by its row as it is now."""
    now = Blob.objects.filter(pk=blob.pk, stored=True).first()
    size = dict(now.files()).get(key) if now else None
    if size is None:
        return ""
    try:
        right = default_storage.size(key) == size
    except FileNotFoundError:
        # Its last picture may have been deleted in this moment.
        there = Blob.objects.filter(pk=blob.pk, stored=True).exists()
        return Blob.Flaw.MISSING if there else ""
    return "" if right else Blob.Flaw.SIZE


def changed(blob: Blob) -> str:
    """Say whether an original has other bytes than it came with."""
    try:
        with blob.local_copy() as path:
            same = digest_of(path) == blob.digest
    except FileNotFoundError:
        return ""
    return "" if same else Blob.Flaw.CHANGED


def flawed(blob: Blob, key: str, flaw: str) -> Problem:
    """Say what is wrong with a file, and how it is mended: made again, or marked."""
    said = {
        Blob.Flaw.MISSING: f"{key} is missing",
        Blob.Flaw.SIZE: f"{key} should have {dict(blob.files())[key]} bytes",
        Blob.Flaw.CHANGED: "its bytes have changed",
    }[Blob.Flaw(flaw)]
    if key == blob.key:
        mend = partial(mending.mark, blob.pk, flaw)
    else:
        mend = partial(mending.make_again, blob.pk, key)
    return Problem(f"blob {blob.pk}: {said}", mend)


def unnoted(blob: Blob, found: list[StoredFile]) -> Iterator[Problem]:
    """No file lies beside a blob for long that it does not know."""
    known = dict(blob.files())
    for file in found:
        if file.key not in known and is_old(file.modified):
            said = f"file {file.key}: its blob does not know it"
            yield Problem(said, partial(mending.sweep_away, file.key))


def is_old(moment: datetime) -> bool:
    return moment < timezone.now() - GRACE


def unowned(found: Iterable[StoredFile]) -> Iterator[Problem]:
    """Every file lies in a folder that a blob or an upload is named after."""
    for some in portions(found, AT_ONCE):
        known = mending.owned({file.folder for file in some})
        for file in some:
            # It may have been deleted, row and all, since the list was read.
            if file.folder not in known and default_storage.exists(file.key):
                yield orphan(file.key)


def orphan(key: str) -> Problem:
    said = f"file {key}: no blob or upload knows it"
    return Problem(said, partial(mending.sweep_away, key))
