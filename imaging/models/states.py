"""The states and stages of a task, and which act may begin in which."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# How often an act may begin without ending, and how often a failure is tried again.
MAX_STARTS = 4
MAX_TRIES = 6


class State(models.TextChoices):
    PENDING = "pending", _("waiting")
    PROCESSING = "processing", _("running")
    COMPLETED = "completed", _("done")
    ERROR = "error", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Stage(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("sending")
    WORKING = "working", _("working")
    REMOTE = "remote", _("at the provider")
    READY = "ready", _("ready to fetch")
    FETCHING = "fetching", _("fetching")
    STORING = "storing", _("storing")
    ENDED = "", _("ended")


OPEN = [State.PENDING, State.PROCESSING]
# The acts, and the stages in which each may begin: after a crash, once more.
ACTS: dict[str, list[str]] = {
    "submit": [Stage.QUEUED, Stage.SENDING, Stage.WORKING],
    "poll": [Stage.REMOTE],
    "fetch": [Stage.READY, Stage.FETCHING, Stage.STORING],
}
# The stages of a job that the provider has taken.
PAID = [Stage.REMOTE, Stage.READY, Stage.FETCHING, Stage.STORING]
# The stages of a task that its provider has, or is being sent.
THERE = [Stage.SENDING, Stage.WORKING, Stage.REMOTE]
# The steps on a task's way, each with its stages: over the network, and right here.
STEPS: list[list[str]] = [
    [Stage.QUEUED],
    [Stage.SENDING],
    [Stage.WORKING, Stage.REMOTE],
    [Stage.READY, Stage.FETCHING],
    [Stage.STORING],
]
HERE: list[list[str]] = [[Stage.QUEUED], [Stage.WORKING], [Stage.STORING]]
