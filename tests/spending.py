"""A process that spends a team's budget, beside others: `python -m tests.spending`.

`prepare` makes the database, and a team with ten credits; `spend N` waits for a line on
standard input, begins N tasks of a credit each, and prints how many were allowed.
"""

import sys

import django


def prepare() -> None:
    from django.core.management import call_command

    from imaging.models import Budget, Team
    from tests.drawing import jpeg
    from tests.stored import an_image

    call_command("migrate", verbosity=0)
    team = Team.objects.create(name="Studio")
    team.accounts.create(provider="atelier", sealed='{"token": "x"}')
    Budget.objects.create(team=team, provider="atelier", limit=10)
    an_image(team, jpeg(), width=640, height=480)


def spend(count: int) -> None:
    from imaging.models import Image, Order, Refusal, Task

    image = Image.objects.select_related("blob", "team").get()
    order = Order.of(image.team, "atelier", "etch", {"price": 1})
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    begun = 0
    for _ in range(count):
        try:
            Task.objects.start([image], order, team=image.team, user=None)
            begun += 1
        except Refusal:
            pass
    print(begun, flush=True)  # noqa: T201


def total() -> None:
    from imaging.models import Budget, Task, Team

    used = Budget.objects.used(Team.objects.get(), ["atelier"])
    print(Task.objects.count(), used["atelier"])  # noqa: T201


if __name__ == "__main__":
    django.setup()
    act, *rest = sys.argv[1:]
    {"prepare": prepare, "spend": spend, "total": total}[act](*map(int, rest))  # type: ignore[operator]
