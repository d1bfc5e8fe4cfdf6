"""What the built-in provider offers: one line for each operation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from imaging.providers.base import Job, Output, Provider, Ticket
from imaging.providers.local.converting import Convert
from imaging.providers.local.operation import Engine
from imaging.providers.local.retouch.operation import Retouch
from imaging.providers.local.skin.analysis import SkinAnalysis
from imaging.providers.local.upscaling import Upscale


class Client(Provider):
    key = "local"
    label = _("This computer")
    summary = _("Needs no account and costs nothing.")
    queue = "engine"
    operations = (
        Upscale(),
        Convert(),
        Retouch(),
        SkinAnalysis(),
    )

    def submit(self, job: Job, ticket: Ticket) -> list[Output]:
        operation = self.operation(job.operation)
        assert isinstance(operation, Engine)  # noqa: S101  # nosec B101
        return operation.run(job)
