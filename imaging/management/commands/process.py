"""`manage.py process`: the straight line without a browser."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from imaging import pictures, providers
from imaging.models import (
    Batch,
    Image,
    Order,
    ProviderControl,
    Refusal,
    State,
    Subject,
    Task,
    Team,
    User,
)
from imaging.pictures import pixels

POLL = 0.3
SILENCE = 15.0


class Command(BaseCommand):
    help = "Process pictures with the running worker, engine and watch."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--provider", default="local")
        parser.add_argument("--operation", help="default: the provider's first")
        parser.add_argument(
            "-o",
            "--option",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="an option of the operation; may be given several times",
        )
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument("--user", metavar="EMAIL", help="default: first superuser")
        parser.add_argument(
            "--subject", metavar="NAME", help="who is measured, where somebody is"
        )
        parser.add_argument(
            "--consent",
            action="store_true",
            help="record that the subject has agreed to be measured",
        )
        parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Store, start, wait, write; exit 0 only when every task completed."""
        try:
            user = self.user(options["user"])
            order = self.order(options, user.own_teams()[0])
            # Before anything is stored.
            ProviderControl.objects.check_open(order.provider)
            subject = self.subject(order, user, options)
            options["out"].mkdir(parents=True, exist_ok=True)
            images = self.store(options["files"], user)
            batch = Task.objects.start(
                images, order, team=user.own_teams()[0], user=user, subject=subject
            )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.wait(batch, options["timeout"])
        for task in batch.tasks.order_by("created"):
            self.report(task, options["out"])
        done = batch.tasks.filter(state=State.COMPLETED).count()
        if done < len(options["files"]):
            asked = len(options["files"])
            raise CommandError(f"{done} of {asked} pictures are done.")

    def order(self, options: dict[str, Any], team: Team) -> Order:
        """Read what is to be done."""
        pairs = [pair.partition("=") for pair in options["option"]]
        if bad := [name for name, sign, _ in pairs if not sign]:
            raise CommandError(f"-o {bad[0]}: write it as NAME=VALUE.")
        operation = options["operation"]
        if operation is None:
            try:
                operation = providers.get(options["provider"]).operations[0].key
            except KeyError:
                known = ", ".join(one.key for one in providers.providers())
                raise CommandError(
                    f"There is no provider {options['provider']}; there are: {known}."
                ) from None
        values = {name: value for name, _, value in pairs}
        return Order.of(team, options["provider"], operation, values)

    def user(self, email: str | None) -> User:
        """Return who does this."""
        if email:
            found = User.objects.filter(email=email.strip().lower()).first()
        else:
            supers = User.objects.filter(is_superuser=True, is_active=True)
            found = supers.order_by("date_joined").first()
        if found is None:
            raise CommandError(
                f"There is no user {email}."
                if email
                else "There is no superuser yet: manage.py createsuperuser."
            )
        return found

    def subject(
        self, order: Order, user: User, options: dict[str, Any]
    ) -> Subject | None:
        """Return whom the order measures; nothing is stored unless they agreed."""
        name = options["subject"]
        if not order.operation.of_person:
            if name or options["consent"]:
                raise CommandError(
                    f"{order.operation.key} measures nobody: leave --subject and "
                    "--consent out."
                )
            return None
        if not name:
            raise CommandError(
                f"{order.operation.key} measures a person: name them with --subject "
                "NAME, and add --consent to record that they have agreed."
            )
        try:
            return Subject.objects.obtain(
                user.own_teams()[0], name, agreed=options["consent"], user=user
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.message} (--consent)") from refusal

    def store(self, files: list[Path], user: User) -> list[Image]:
        """Store what can be stored, and say of the rest why not."""
        images = []
        for path in files:
            try:
                image = Image.objects.store(
                    path, team=user.own_teams()[0], owner=user, name=path.name
                )
            except pictures.Refused as refused:
                self.stderr.write(f"{path}: {refused.message}")
            except OSError as error:
                self.stderr.write(f"{path}: {error.strerror}.")
            else:
                images.append(image)
        if not images:
            raise CommandError("None of the files could be taken.")
        return images

    def wait(self, batch: Batch, timeout: float) -> None:
        """Show progress until no task is open."""
        deadline = time.monotonic() + timeout
        heard = time.monotonic()
        with tqdm(total=batch.tasks.count(), unit="picture", disable=None) as bar:
            while (tally := batch.tally()).open:
                if tally.ended > bar.n or tally.processing:
                    heard = time.monotonic()
                bar.update(tally.ended - bar.n)
                if time.monotonic() - heard > SILENCE:
                    heard = time.monotonic()
                    self.stderr.write(
                        "Nobody has taken up the work yet. Are worker, engine and "
                        "watch running?"
                    )
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"Not done after {timeout:g} s. The work goes on: "
                        f"{settings.BASE_URL}/batches/{batch.pk}/"
                    )
                time.sleep(POLL)
            bar.update(tally.ended - bar.n)

    def report(self, task: Task, out: Path) -> None:
        """Write what a task produced; say why if it produced nothing."""
        if task.state != State.COMPLETED:
            why = f"{task.message} {task.hint}".strip() or task.get_state_display()
            self.stderr.write(f"{task.image_name}: {why}")
        results = task.results.select_related("image__blob")
        if results.filter(kind="report"):
            # Its masks are looked at on the page of the report.
            results = results.exclude(kind="layer")
        for result in results:
            if result.image:
                self.stdout.write(str(write_upright(result.image, out)))
            elif result.kind in {"report", "matches"}:
                path = unused(out / f"{task.image_name}.json")
                path.write_text(json.dumps(result.data, indent=2))
                self.stdout.write(str(path))
            else:
                self.stdout.write(result.data.get("key") or result.name)


def unused(path: Path) -> Path:
    """Return a name that is not taken: photo.jpg, photo-2.jpg, …"""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}-{number}")
    return free


def write_upright(image: Image, out: Path) -> Path:
    """Write one result; a file that lies on its side is turned first."""
    blob = image.blob
    path = unused(out / (Path(image.name).stem + blob.extension))
    with blob.local_copy() as source:
        if blob.orientation == 1:
            shutil.copyfile(source, path)
            return path
        with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as scratch:
            pixels.save(pixels.load(source, Path(scratch)), path, format=blob.format)
    return path
