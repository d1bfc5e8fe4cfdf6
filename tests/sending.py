"""A process that sends tasks, beside others: `python -m tests.sending`.

`prepare N MOST` makes the database, and N tasks at a laboratory that is given at most
so many at once; `send` waits for a line on standard input, then sends every one that it
may; `total` prints how many the laboratory has, and how many wait.
"""

import sys

import django


def prepare(count: int, most: int) -> None:
    from django.core.management import call_command

    from imaging.models import Order, ProviderControl, Task, Team
    from tests.drawing import jpeg
    from tests.stored import an_image

    call_command("migrate", verbosity=0)
    team = Team.objects.create(name="Studio")
    image = an_image(team, jpeg(), width=640, height=480)
    ProviderControl.objects.steer("lab", None, most_at_once=most)
    order = Order.of(team, "lab", "develop", {"mode": "never"})
    for _ in range(count):
        Task.objects.start([image], order, team=team, user=None)


def send() -> None:
    from imaging import worker
    from imaging.models import Task

    pks = list(Task.objects.order_by("?").values_list("pk", flat=True))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    for pk in pks:
        worker.submit(str(pk))


def total() -> None:
    from imaging.models import Task

    at = Task.objects.filter(stage="remote").count()
    print(at, Task.objects.filter(stage="queued").count())  # noqa: T201


if __name__ == "__main__":
    django.setup()
    act, *rest = sys.argv[1:]
    {"prepare": prepare, "send": send, "total": total}[act](*map(int, rest))  # type: ignore[operator]
