"""What Haut.AI has made of a picture, brought here: its report and its masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from django.utils.translation import gettext as _

from imaging import pictures
from imaging.failures import ProviderError
from imaging.providers.base import Job, Output, ResultKind
from imaging.providers.haut import wire
from imaging.providers.haut.api import Api
from imaging.providers.haut.paths import Where
from imaging.providers.haut.report import report
from imaging.providers.haut.skin import side_of

MAX_MASK = 64 << 20
# An analysis has some twenty masks; of more so many are kept, and so many named.
MOST_MASKS, MOST_LISTED = 60, 300
# What storages say of an address that is over.
OVER = {"http_400", "http_401", "http_403", "http_404", "http_410"}


class Collecting:
    """The results of one picture."""

    def __init__(self, api: Api, job: Job, where: Where, image: str) -> None:
        self.api, self.job, self.where, self.image = api, job, where, image
        self.layers: list[Output] = []
        self.missed: list[dict[str, Any]] = []

    def outputs(self) -> list[Output]:
        """Return the report, and the masks after it."""
        record = self.api.image(self.where, self.image)
        if not (results := self.api.results(self.where, self.image)):
            raise ProviderError(_("Haut.AI has taken its results back."), "no_result")
        if self.job.options.get("masks", True):
            self._bring_masks(record)
        name = self.job.facts.name
        masks = [one.data for one in self.layers]
        side = side_of(name, self.job.options)
        data = report(self.job.facts, side, record, results, masks, self.missed)
        file = f"{PurePath(name).stem}.json"
        return [Output(ResultKind.REPORT, file, data=data), *self.layers]

    def _bring_masks(self, record: Mapping[str, Any]) -> None:
        found = self._listed(record)
        for number, one in enumerate(found):
            self.job.progress(number / len(found))
            if len(self.layers) == MOST_MASKS:
                self._miss(one, _("No more pictures are kept of one analysis."))
                continue
            try:
                self.layers.append(self._mask(number, one))
            except pictures.Refused as refused:
                self._miss(one, refused.message)
            except ProviderError as error:
                if not (error.permanent or error.code in OVER):
                    raise
                self._miss(one, error.message)

    def _listed(self, record: Mapping[str, Any]) -> list[wire.Auxiliary]:
        """Return the auxiliary pictures: the record has them, or their own list."""
        rows = record.get("aux_images")
        if not (isinstance(rows, list) and rows):
            try:
                rows = self.api.auxiliaries(self.where, self.image)
            except ProviderError as error:
                if error.code == "not_found":
                    return []
                raise
        return list(self._readable(rows[:MOST_LISTED]))

    def _readable(self, rows: Iterable[Any]) -> Iterator[wire.Auxiliary]:
        for one in rows:
            try:
                yield wire.read_auxiliary(one)
            except ValueError as error:
                self.missed.append({"name": "?", "reason": str(error)})

    def _mask(self, number: int, one: wire.Auxiliary) -> Output:
        """Bring one picture here; its address lives for an hour, and is asked anew."""
        path = self.job.scratch / f"mask-{number}"
        try:
            picture = self._download(one.url, path)
        except (ProviderError, pictures.Refused) as error:
            if isinstance(error, ProviderError) and error.code not in OVER:
                raise
            again = self.api.auxiliaries(self.where, self.image)
            listed = self._readable(again)
            url = next((other.url for other in listed if other.id == one.id), one.url)
            picture = self._download(url, path)
        name = f"{PurePath(self.job.facts.name).stem[:100]} {one.key or one.name}"
        data = {
            "algorithm_family_tech_name": one.key,
            "title": one.name,
            "name": f"{name[:140]}{picture.extension}",
            "width": picture.width,
            "height": picture.height,
            "application": one.application,
        }
        return Output(ResultKind.LAYER, str(data["name"]), path, data)

    def _download(self, url: str, path: Path) -> pictures.Picture:
        """Bring a picture to a path. Raises Refused when it is none."""
        if not url:
            raise ProviderError(_("Haut.AI names no address for it."), "http_404")
        self.api.door.download(url, path, max_bytes=MAX_MASK)
        return pictures.inspect(path)

    def _miss(self, one: wire.Auxiliary, why: str) -> None:
        """Note in the report what could not be kept: the scores are worth having."""
        self.missed.append({"name": one.name or one.id, "reason": why})
