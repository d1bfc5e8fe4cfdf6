"""What the background workers are asked for, by the names that stand in their queues.

The database is the truth; a message in a queue is only a wake-up. Every act claims its
row first, so a message that comes twice, late or never does no harm.
"""

import logging

from imaging import pictures
from imaging.background.acts import bring, perform, send
from imaging.background.notifying import notify as notify
from imaging.background.telling import tell as tell
from imaging.decoding.formats import SIDES
from imaging.delivery.copies import prepare as prepare
from imaging.letters import mail as mail
from imaging.models import Blob

log = logging.getLogger(__name__)


def submit(pk: str) -> None:
    """Send one task to its provider."""
    perform(pk, "submit", send)


def fetch(pk: str) -> None:
    """Bring the results of one task here."""
    perform(pk, "fetch", bring)


def render(pk: str) -> None:
    """Make the larger renditions of one blob."""
    blob = Blob.objects.filter(pk=pk, stored=True, rendered=False).first()
    if blob is None:
        return
    lacking = [name for name in SIDES if name not in blob.renditions]
    with blob.local_copy() as path:
        try:
            made = pictures.render(path, lacking) if lacking else ()
        except pictures.Refused as error:
            # What the door could read, this cannot: the small rendition must serve.
            log.warning("blob %s has no large renditions: %s", pk, error.message)
            made = ()
    blob.add_renditions(made, complete=True)


def describe(pk: str) -> None:
    """Note what one blob looks like that was stored before anybody asked."""
    for blob in Blob.objects.filter(pk=pk, stored=True, described=None):
        blob.describe()
