"""A process in which an owner goes, beside another one: `python -m tests.leaving`.

`prepare N` makes the database, and N teams that two people own. `first` and `second`
wait for a line on standard input; then the first owner leaves every team, the second
steps down in every one. `owners` prints how many owners each team has.
"""

import sys

import django


def prepare(count: int) -> None:
    from django.core.management import call_command

    from imaging.models import Membership, Role, Team, User

    call_command("migrate", verbosity=0)
    people = [User.objects.create_user(f"{n}@example.com") for n in range(2)]
    for number in range(count):
        team = Team.objects.create(name=f"Team {number}")
        for user in people:
            Membership.objects.create(team=team, user=user, role=Role.OWNER)


def go(who: int) -> None:
    from imaging.models import Membership, Role

    rows = Membership.objects.filter(user__email=f"{who}@example.com")
    mine = list(rows.filter(team__personal=False).order_by("team__name"))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    done = [one.take_role(Role.VIEWER) if who else one.end() for one in mine]
    print(sum(done))  # noqa: T201


def owners() -> None:
    from imaging.models import Team

    teams = Team.objects.filter(personal=False)
    print(*(team.memberships.owning().count() for team in teams))  # noqa: T201


if __name__ == "__main__":
    django.setup()
    act, *rest = sys.argv[1:]
    if act == "prepare":
        prepare(int(rest[0]))
    elif act == "owners":
        owners()
    else:
        go(int(act == "second"))
