"""Makes batches to watch, and prints the addresses at which one person watches them."""

import json
import sys

import django


def addresses(count: int) -> list[str]:
    from django.urls import reverse

    from imaging import live
    from imaging.models import Batch, User

    user = User.objects.create_user("alice@example.com")
    team = user.own_teams()[0]
    batches = [Batch(team=team, user=user, revision=1) for _ in range(count)]
    return [
        f"{reverse('batch_changes', args=[one.pk])}?since=1&permit="
        f"{live.permit(user, one)}"
        for one in Batch.objects.bulk_create(batches)
    ]


if __name__ == "__main__":
    django.setup()
    print(json.dumps(addresses(int(sys.argv[1]))))  # noqa: T201
