"""A gallery that is shown to guests, put straight into a running site's database.

`python -m tests.showing EMAIL COUNT`: a gallery of this person's team that begins with
an original and its result, and a link to it; says its address as JSON.
"""

import json
import subprocess
import sys

import django

from tests.application import Application
from tests.services import ROOT

SHAPES = [(1800, 1200), (900, 1350), (1200, 1200), (1600, 900)]


def show(email: str, count: int) -> str:
    """Hang so many pictures, share them to look at and to pick; return the address."""
    from imaging.models import Gallery, Image, ShareLink, User
    from tests.sharing import a_photograph

    user = User.objects.get(email=email)
    team = user.own_teams()[0]
    first, *others = [a_photograph(team, *shape) for shape in SHAPES]
    result = Image.objects.create(team=team, blob=first.blob, name="r", parent=first)
    more = Image.objects.bulk_create(
        Image(team=team, blob=others[n % len(others)].blob, name=str(n))
        for n in range(count - 2)
    )
    gallery = Gallery.objects.create(team=team, owner=user, name="A day in August")
    gallery.add([one.pk for one in (first, result, *more)], user)
    link = ShareLink.objects.make(gallery, user, mode="view", picks=True)
    return f"/s/{link.named}"


def show_in(site: Application, email: str, count: int) -> str:
    """Show a gallery in the site that runs for the tests; return its address."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.showing", email, str(count)],
        cwd=ROOT,
        env={**site.env, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
        capture_output=True,
    )
    return str(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(show(sys.argv[1], int(sys.argv[2]))) + "\n")
