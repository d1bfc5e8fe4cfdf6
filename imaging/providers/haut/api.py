"""Haut.AI's documented calls, one method each; how one is made is written once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from imaging.failures import ProviderError
from imaging.outgoing.door import Door
from imaging.outgoing.reply import Reply
from imaging.providers.accounts import Account
from imaging.providers.haut import paths, refusals, wire
from imaging.providers.haut.paths import Where
from imaging.providers.haut.session import Session

MOST_PAGES = 50
SENDING = 300.0
Read = TypeVar("Read")


class Api:
    """What one account can ask of Haut.AI. Every failure is a ProviderError."""

    def __init__(self, account: Account) -> None:
        self.account = account
        # No credentials lie in the door: the storage may be at the same address.
        self.door = Door(account.url or wire.HOME, operator_set=account.operator_set)
        self.session = Session(account, self.door)
        self._company = account.values.get("company", "")

    @property
    def company(self) -> str:
        """Return the company's id: entered, named by the login, or by the profile."""
        if not self._company:
            self._company = self.session.company() or self.profile()
        if not self._company:
            raise ProviderError(
                _("This account does not say in which company it works."),
                "no_company",
                permanent=True,
                hint=_("Enter the company's id beside the key."),
            )
        return self._company

    def ask(
        self, method: str, path: str, json: Any = None, *, again: bool | None = None
    ) -> Reply:
        """Make a call; with a refused session once more, with a renewed one.

        `again` says that the call may be repeated when its answer is lost.
        """
        token = self.session.token()
        reply = self._ask(method, path, json, again, token)
        if reply.status == 401 and (token := self.session.renewed(token)):
            reply = self._ask(method, path, json, again, token)
        reply.raise_for_outage()
        if not reply.ok:
            raise refusals.refusal(reply)
        return reply

    def record(self, method: str, path: str, json: Any = None) -> dict[str, Any]:
        """Make a call that is answered with one object."""
        return self.ask(method, path, json).record()

    def made(self, path: str, json: Any = None) -> str:
        """Make something, and return the id that the vendor gave it."""
        return read(wire.read_id, self.ask("POST", path, json))

    def _ask(
        self, method: str, path: str, json: Any, again: bool | None, token: str
    ) -> Reply:
        with no_giants():
            return self.door.request(
                method,
                path,
                json=json,
                idempotent=again,
                headers={"Authorization": f"Bearer {token}"},
            )

    def rows(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list, page by page."""
        for page in range(1, MOST_PAGES + 1):
            asked = {**query, **({"page": page} if page > 1 else {})}
            rows, following = read(
                wire.read_page, self.ask("GET", paths.query(path, **asked))
            )
            yield from rows
            if not following or not rows:
                return

    # Private tokens, and who one is.

    def profile(self) -> str:
        """Return the company that the profile names, if it does."""
        return read(wire.read_company, self.ask("GET", paths.PROFILE))

    def create_private_token(self, name: str, until: datetime) -> dict[str, Any]:
        """Return the token, as `data`, with its id: it is not told again."""
        body = wire.dump_private_token(name, until)
        return self.record("POST", paths.PRIVATE_TOKENS, body)

    def private_tokens(self) -> list[dict[str, Any]]:
        return list(self.rows(paths.PRIVATE_TOKENS))

    def delete_private_token(self, number: int) -> None:
        self.delete(f"{paths.PRIVATE_TOKENS}{number}/")

    # Datasets, and what is computed in them.

    def image_types(self) -> list[dict[str, Any]]:
        return list(self.rows(paths.IMAGE_TYPES))

    def datasets(self) -> list[dict[str, Any]]:
        return list(self.rows(paths.datasets(self.company)))

    def dataset(self, dataset: str) -> dict[str, Any]:
        return self.record("GET", f"{paths.datasets(self.company)}{dataset}/")

    def create_dataset(self, name: str, image_type: int | None) -> str:
        body = wire.dump_dataset(name, image_type)
        return self.made(paths.datasets(self.company), body)

    def applications(self) -> list[dict[str, Any]]:
        return list(self.rows(paths.applications(self.company)))

    def attach(self, dataset: str, application: str) -> None:
        """Let an application compute every image of a dataset."""
        path = paths.attach(self.company, application)
        self.ask("POST", path, wire.dump_attach(dataset), again=True)

    # Subjects.

    def subjects(self, dataset: str, **query: str) -> Iterator[dict[str, Any]]:
        return self.rows(paths.subjects(self.company, dataset), **query)

    def create_subject(self, dataset: str, name: str) -> str:
        path = paths.subjects(self.company, dataset)
        return self.made(path, wire.dump_subject(name))

    def change_subject(self, where: Where, **fields: Any) -> dict[str, Any]:
        path = where.subject_path
        return self.ask("PATCH", path, fields, again=True).record()

    def delete_subject(self, where: Where) -> None:
        self.delete(where.subject_path)

    def delete_subjects(self, dataset: str, subjects: list[str]) -> None:
        path = f"{paths.subjects(self.company, dataset)}delete/"
        self.ask("DELETE", path, {"subjects_ids": subjects}, again=True)

    def delete_photos(self, where: Where) -> None:
        """Remove the files of a subject; what was computed of them is kept there."""
        self.ask("POST", f"{where.subject_path}delete_photos/", again=True)

    def clear_metadata(self, where: Where) -> None:
        self.ask("POST", f"{where.subject_path}clear_metadata/", again=True)

    # Images.

    def signed_upload(self, where: Where, body: dict[str, Any]) -> dict[str, Any]:
        """Make the record of one image: `id`, `batch`, and `upload`, for the bytes."""
        path = paths.signed_upload(where.company, where.subject)
        return read(wire.read_signed_upload, self.ask("POST", path, body))

    def send(self, upload: wire.Upload, path: Path) -> None:
        """Send the bytes with exactly the headers that the permission names."""
        with path.open("rb") as file, no_giants():
            reply = self.door.request(
                upload.method,
                upload.url,
                data=file,
                headers=upload.headers,
                idempotent=True,
                deadline=SENDING,
            )
        reply.raise_for_outage()
        if not reply.ok:
            raise refusals.storage_refusal(reply)

    def compute(self, where: Where) -> None:
        """Begin the analysis of a batch; once more does no harm."""
        self.ask("POST", paths.compute(where.company, where.batch), again=True)

    def subject_images(self, where: Where, **query: str) -> Iterator[dict[str, Any]]:
        return self.rows(where.subject_images, **query)

    def batch_images(self, where: Where) -> Iterator[dict[str, Any]]:
        return self.rows(where.batch_images)

    def image(self, where: Where, image: str) -> dict[str, Any]:
        return self.record("GET", where.image(image))

    def auxiliaries(self, where: Where, image: str) -> list[dict[str, Any]]:
        return list(self.rows(where.image(image, "aux")))

    def results(self, where: Where, image: str) -> list[dict[str, Any]]:
        return read(wire.read_results, self.ask("GET", where.image(image, "results")))

    def delete_image(self, where: Where, image: str) -> None:
        self.delete(where.image(image))

    def batches(self, where: Where) -> list[dict[str, Any]]:
        return list(self.rows(where.batches))

    def create_batch(self, where: Where) -> str:
        return self.made(where.batches)

    def delete_batch(self, where: Where) -> None:
        self.delete(where.batch_path)

    # The third version's way of sending, several sides in one call.

    def upload_v3(self, where: Where, names: Mapping[str, str]) -> dict[str, Any]:
        path = paths.upload_v3(where.company, where.subject)
        body = wire.dump_upload_v3(names)
        return self.record("POST", path, body)

    def compute_v3(self, where: Where) -> None:
        self.ask("POST", paths.compute_v3(where.company, where.batch), again=True)

    def results_v3(self, where: Where) -> tuple[bool, dict[str, Any]]:
        path = paths.results_v3(where.company, where.batch)
        return read(wire.read_results_v3, self.ask("GET", path))

    def delete(self, path: str) -> None:
        """Delete what may be gone already."""
        try:
            self.ask("DELETE", path, again=True)
        except ProviderError as error:
            if error.code != "not_found":
                raise


@contextmanager
def no_giants() -> Iterator[None]:
    """No answer of theirs is too large: such a one was not theirs, so ask again."""
    try:
        yield
    except ProviderError as error:
        if error.code == "too_large":
            raise ProviderError(error.message, "bad_answer") from error
        raise


def read(reading: Callable[[Any], Read], reply: Reply) -> Read:
    """Return what `wire` makes of an answer."""
    try:
        return reading(reply.json())
    except ValueError as error:
        raise refusals.unreadable(error, reply) from error
