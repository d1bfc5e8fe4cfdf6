"""Which pictures look like this one: an index in memory, in step with the database.

Each process that is asked keeps one. It takes some 410 bytes of memory a picture, 41 MB
for 100,000; above MOST the pictures described longest ago are left out.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice, pairwise
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet

from imaging.decoding.descriptor import SIZE
from imaging.models import Blob, Image
from imaging.models.imagesets import ImageQuerySet
from imaging.pictures.matching import DEPTH, FEW, VIEWS, Looks, questions, rough

MOST = 250_000
# Transactions that note a descriptor are over within this time.
LATE = timedelta(seconds=20)
# Seconds after which what was deleted is forgotten, and what was missed is read.
COUNTED = 600.0
AT_ONCE = 2_000
# How many rough matches are compared finely, more only where too few may be seen.
SLICES = (0, 40, 120, 400, 1_500)
# From which scores on pictures are compared finely, are alike, may be the same; and
# how well their detail has to fit then. Of pictures that have nothing to do with each
# other, one in a hundred finds another among 3,000 that fits up to 0.91.
ROUGHLY, ALIKE, CLOSE, SAME = 0.3, 0.6, 0.9, 0.93
BLOCK = 1 << 14
THREADS = ThreadPoolExecutor(os.cpu_count())
# How many are compared with all windows, after a glance by few: of 100,000, a cropped
# and recoloured picture was among the first 1,100 for that every time.
GLANCED = 2_000


@dataclass(frozen=True)
class Match:
    """An image that looks like the one asked about; `score` is 1 for the same.

    `is_near` says that it is the same picture to the eye.
    """

    image: uuid.UUID
    blob: uuid.UUID
    score: float
    is_near: bool


@dataclass(frozen=True)
class Rows:
    """The first `count` places of the arrays, which others may go on to fill."""

    waves: np.ndarray
    norms: np.ndarray
    team: np.ndarray
    blobs: list[uuid.UUID]
    count: int

    @classmethod
    def empty(cls, room: int) -> Rows:
        waves, norms = np.empty((room, DEPTH), "f4"), np.empty((VIEWS, room), "f4")
        return cls(waves, norms, np.empty(room, "i4"), [], 0)

    def ranked(
        self, descriptor: bytes, teams: Sequence[int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of those that may look like it, the likeliest first.

        Beside each, whether it rather is a part of the picture than the other way.
        """
        inside, outside = questions(descriptor)
        scores = self.glance(inside[:FEW], outside[: FEW - 1])
        places = np.flatnonzero(scores > ROUGHLY)
        places = places[np.isin(self.team[places], teams)]
        places = places[highest(scores[places], GLANCED)]
        scores, parts = self.scores(places, inside, outside)
        best = highest(scores, SLICES[-1])
        best = best[np.argsort(-scores[best])]
        return places[best], parts[best]

    def glance(self, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
        """Return how alike all are, as few windows tell: at most what all would."""
        asked, few = np.concatenate([inside, outside]).T.copy(), len(inside)
        best = np.empty(self.count, "f4")

        def look(start: int) -> None:
            here = slice(start, min(start + BLOCK, self.count))
            found = np.ascontiguousarray((self.waves[here] @ asked).T)
            whole = (found[:few] * self.norms[:few, here]).max(axis=0)
            parts = found[few:].max(axis=0) * self.norms[0, here]
            np.maximum(whole, parts, out=best[here])

        # Whoever multiplies lets go of the interpreter meanwhile.
        list(THREADS.map(look, range(0, self.count, BLOCK)))
        return best

    def scores(
        self, places: np.ndarray, inside: np.ndarray, outside: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how alike these are, and which of them are a part of this one."""
        waves, norms = self.waves[places].T, self.norms[:, places]
        whole = ((inside @ waves) * norms).max(axis=0)
        parts = (outside @ waves).max(axis=0) * norms[0]
        return np.maximum(whole, parts), parts > whole


def highest(scores: np.ndarray, most: int) -> np.ndarray:
    """Return where the highest scores are, in no order."""
    if scores.size <= most:
        return np.arange(scores.size)
    return np.argpartition(scores, -most)[-most:]


class Index:
    """The descriptors of all stored blobs, ready to be compared."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self.rows = Rows.empty(1_024)
        self.known: set[uuid.UUID] = set()
        self.teams: dict[uuid.UUID, int] = {}
        self.newest: Any = None
        self.read = self.counted = time.monotonic()

    def current(self) -> Rows:
        """Return the rows, with all in them that was stored until now."""
        with self.lock:
            if time.monotonic() - self.counted > COUNTED:
                self.recount()
            self.take(self.news())
            return self.rows

    @property
    def is_read(self) -> bool:
        """Say whether a search need not read all that is stored first."""
        return self.newest is not None

    def news(self) -> QuerySet[Blob]:
        """Return what was described since the last time, and a little before."""
        blobs = Blob.objects.filter(stored=True, described__isnull=False)
        if self.newest is None:
            return blobs
        passed = timedelta(seconds=time.monotonic() - self.read)
        return blobs.filter(described__gt=self.newest + passed - LATE)

    def take(self, blobs: QuerySet[Blob]) -> None:
        """Add those of these that are new, the newest last."""
        began = time.monotonic()
        rows = blobs.order_by("-described").values_list("pk", "described")[:MOST]
        # News are few: PostgreSQL need not keep a cursor for them.
        found = rows.iterator(AT_ONCE) if self.newest is None else rows
        new = []
        for pk, described in found:
            if self.newest is None or described > self.newest:
                self.newest, self.read = described, began
            if pk not in self.known:
                new.append(pk)
        new.reverse()
        for start in range(0, len(new), AT_ONCE // 4):
            self.add(new[start : start + AT_ONCE // 4])

    def add(self, pks: list[uuid.UUID]) -> None:
        """Read these and append them."""
        self.known.update(pks)
        read = Blob.objects.filter(pk__in=pks).values_list("pk", "team", "descriptor")
        told = [(pk, team, bytes(said)) for pk, team, said in read if len(said) == SIZE]
        if not told:
            return
        rows = self.room_for(len(told))
        start, end = rows.count, rows.count + len(told)
        joined = b"".join(said for _pk, _team, said in told)
        descriptors = np.frombuffer(joined, np.uint8).reshape(-1, SIZE)
        rows.waves[start:end], rows.norms[:, start:end] = rough(descriptors)
        number = self.teams.setdefault
        rows.team[start:end] = [number(one, len(self.teams)) for _, one, _ in told]
        rows.blobs.extend(pk for pk, _team, _said in told)
        self.rows = Rows(rows.waves, rows.norms, rows.team, rows.blobs, end)

    def room_for(self, more: int) -> Rows:
        """Return the rows with room behind them; searches go on in the old ones."""
        rows, needed = self.rows, self.rows.count + more
        if needed > MOST:
            self.keep(np.arange(more, rows.count))
            return self.room_for(0)
        if needed <= rows.team.size:
            return rows
        return self.moved(np.arange(rows.count), max(needed, rows.count * 3 // 2))

    def keep(self, places: np.ndarray) -> None:
        self.rows = self.moved(places, self.rows.team.size)

    def moved(self, places: np.ndarray, room: int) -> Rows:
        """Return a copy of the rows at these places, in arrays of that size."""
        old, new = self.rows, Rows.empty(room)
        count = places.size
        new.waves[:count] = old.waves[places]
        new.norms[:, :count] = old.norms[:, places]
        new.team[:count] = old.team[places]
        blobs = [old.blobs[place] for place in places]
        return Rows(new.waves, new.norms, new.team, blobs, count)

    def recount(self) -> None:
        """Forget what was deleted, and let what was missed be read."""
        self.counted = time.monotonic()
        blobs = Blob.objects.filter(stored=True, described__isnull=False)
        stored = set(blobs.values_list("pk", flat=True).iterator(AT_ONCE))
        gone = [pk not in stored for pk in self.rows.blobs]
        self.known &= stored
        if any(gone):
            self.keep(np.flatnonzero(~np.array(gone)))
        if self.known != stored:
            self.newest = None

    def ranked(
        self, descriptor: bytes, teams: Collection[uuid.UUID]
    ) -> Iterator[tuple[uuid.UUID, bool]]:
        """Yield the blobs of these teams that may look like it, the likeliest first.

        Beside each blob, whether it rather is a part of the picture than the other way.
        """
        rows = self.current()
        numbers = [self.teams[team] for team in teams if team in self.teams]
        places, parts = rows.ranked(descriptor, numbers)
        told = zip(places.tolist(), parts.tolist(), strict=True)
        return ((rows.blobs[at], is_part) for at, is_part in told)


INDEX = Index()


def find(
    descriptor: bytes,
    images: ImageQuerySet,
    teams: Collection[uuid.UUID],
    *,
    most: int = SLICES[1],
) -> list[Match]:
    """Return those of `images`, which are of `teams`, that look like it, best first.

    Who may see what is decided by `images`, for each search anew. A picture that shows
    nothing, as a blank page, looks like no other.
    """
    ranked = INDEX.ranked(descriptor, teams)
    asked, found, seen = Looks.of(descriptor), list[Match](), 0
    for start, end in pairwise(SLICES):
        blobs = dict(islice(ranked, end - start))
        shown, looks = shown_of(images, blobs)
        seen += len(looks)
        parts = {blob for blob, is_part in blobs.items() if is_part}
        scores = compared(asked, looks, parts)
        found += [
            Match(pk, blob, *scores[blob]) for pk, blob in shown if blob in scores
        ]
        if seen >= SLICES[1] or len(blobs) < end - start:
            break
    return sorted(found, key=lambda match: -match.score)[:most]


def shown_of(
    images: ImageQuerySet, blobs: Collection[uuid.UUID]
) -> tuple[list[tuple[uuid.UUID, uuid.UUID]], dict[uuid.UUID, bytes]]:
    """Return which images of these may be seen, newest first, and their looks.

    Who may see them is asked of each by its id: joined to the set, a database without
    statistics reads all images of the teams instead, 35 ms for 100,000.
    """
    seen = Exists(images.filter(pk=OuterRef("pk")))
    rows = Image.objects.filter(seen, blob__in=blobs).order_by("-created", "-id")
    read = list(rows.values_list("pk", "blob", "blob__descriptor"))
    looks = {blob: bytes(said) for _pk, blob, said in read}
    return [(pk, blob) for pk, blob, _said in read], looks


def compared(
    asked: Looks, others: dict[uuid.UUID, bytes], parts: set[uuid.UUID]
) -> dict[uuid.UUID, tuple[float, bool]]:
    """Compare finely; return of those that are alike how much, and whether near.

    `parts` are those that rather are a part of the picture asked about.
    """
    found: dict[uuid.UUID, tuple[float, bool]] = {}
    for blobs in (others.keys() - parts, others.keys() & parts):
        if not blobs:
            continue
        looks = Looks.of(*(others[blob] for blob in blobs))
        part, whole = (looks, asked) if blobs <= parts else (asked, looks)
        scores = part.likeness(whole)
        near = scores >= CLOSE
        if near.any():
            near &= part.sameness(whole) >= SAME
        told = zip(blobs, scores.tolist(), near.tolist(), strict=True)
        found |= {
            blob: (score, is_near) for blob, score, is_near in told if score >= ALIKE
        }
    return found
