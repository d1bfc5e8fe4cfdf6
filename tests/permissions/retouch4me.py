"""Retouch4me's API: a token in a header of its own; a job's id opens without one."""

from django.utils import timezone

from imaging.models import Order, State, Task, Via
from imaging.providers.retouch4me.server.jobs import Job
from imaging.providers.retouch4me.server.payload import read_payload
from tests.permissions import row
from tests.permissions.world import World
from tests.providers.retouch4me.asking import FLAT, PICTURE

# A token that never was, and one that is over, or any other at the newer balance.
UNKNOWN = (460, 401)
FORM = True
SENT = {"file": PICTURE, "payload": FLAT}


def shown(token: str, **_how: object) -> dict[str, str]:
    return {"x-retouch-token": token}


def a_job(world: World) -> str:
    """Return the id of a job that is completed."""
    order = Order.of(world.team, "local", "retouch")
    batch = Task.objects.start(
        [world.image()],
        order,
        team=world.team,
        user=world.carol,
        via=Via(door="retouch4me"),
    )
    over = {"state": State.COMPLETED, "stage": "", "finished": timezone.now()}
    Task.objects.filter(batch=batch).update(result_id=world.image().pk, **over)
    return Job.begun(batch.tasks.get(), read_payload(FLAT), quota=9).id


THINGS = {"job": a_job}
ROWS = {
    # It needs a second scope, too, of which its own tests speak.
    "api/v1/retoucher/start": row("POST person process", sends={"POST": SENT}),
    "api/v1/retoucher/status/<str:id>": row("GET holder", id="job"),
    "api/v1/retoucher/getFile/<str:id>": row("GET holder", id="job"),
    "api/v1/info/limits": row("GET anyone"),
    "api/v1/balance": row("POST person read"),
    "api/retouch/v1/balance": row("POST person read"),
}
