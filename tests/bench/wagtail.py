"""Wagtail's images, which Darkroom's are measured beside: a project made for it.

As `wagtail start` sets it up, but with nothing beside the admin's images, and with the
settings of SQLite and the number of processes and threads that Darkroom runs with.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from config import gunicorn
from tests.application import PASSWORD
from tests.bench import peers
from tests.services import free_port, running

ADMIN = "/admin/"
LISTING, ADDING = f"{ADMIN}images/", f"{ADMIN}images/multiple/add/"
SETTINGS = """
import pathlib, urllib.parse
HERE, URL = pathlib.Path(__file__).parent, urllib.parse.urlsplit({database!r})
DEBUG, SECRET_KEY, ALLOWED_HOSTS, USE_TZ = False, "bench", ["127.0.0.1"], True
ROOT_URLCONF, STATIC_URL = "urls", "/static/"
MEDIA_URL, MEDIA_ROOT = "/media/", HERE / "media"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WAGTAIL_SITE_NAME, WAGTAILADMIN_BASE_URL = "bench", "http://127.0.0.1"
WAGTAIL_ENABLE_UPDATE_CHECK = False
DATABASES = {{"default": {{
    "ENGINE": "django.db.backends.postgresql", "HOST": URL.hostname, "PORT": URL.port,
    "USER": URL.username, "NAME": URL.path[1:], "CONN_MAX_AGE": 60,
}} if URL.scheme else {{
    "ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "wagtail.sqlite3",
    "CONN_MAX_AGE": 60, "OPTIONS": {{
        "transaction_mode": "IMMEDIATE", "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }},
}}}}
INSTALLED_APPS = [
    *(f"wagtail.{{name}}" for name in (
        "contrib.forms", "contrib.redirects", "embeds", "sites", "users", "snippets",
        "documents", "images", "search", "admin",
    )),
    "wagtail", "modelcluster", "taggit", "django_filters",
    *(f"django.contrib.{{name}}" for name in (
        "auth", "contenttypes", "sessions", "messages", "staticfiles",
    )),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}},
}}]
"""
URLS = """
from django.urls import include, path
from wagtail.admin import urls
urlpatterns = [path("admin/", include(urls))]
"""
# What fills its library: the rows of an image and of its thumbnail, which share the
# files of those few that were uploaded and listed before.
FILL = """
import datetime
from django.utils import timezone
from wagtail.images.models import Image, Rendition
whole, now = list(Image.objects.order_by("pk")), timezone.now()
small = {one.image_id: one for one in Rendition.objects.all()}
Image._meta.get_field("created_at").auto_now_add = False
def copy(one, **fields):
    names = [each.attname for each in one._meta.concrete_fields if not each.primary_key]
    return type(one)(**{name: getattr(one, name) for name in names} | fields)
for start in range(0, COUNT, 2000):
    made = [
        copy(whole[at % len(whole)], title=f"wall {at:05}.jpg",
             created_at=now - datetime.timedelta(minutes=at + 1))
        for at in range(start, min(start + 2000, COUNT))
    ]
    Image.objects.bulk_create(made)
    Rendition.objects.bulk_create([
        copy(small[whole[at % len(whole)].pk], image_id=one.pk)
        for at, one in enumerate(made, start)
    ])
"""


class Wagtail:
    """A Wagtail in a folder of its own, and where it answers."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "urls.py").write_text(URLS)
        (folder / "settings.py").write_text(SETTINGS.format(database=database))
        self.manage("migrate", "--verbosity=0")
        self.manage(
            "createsuperuser",
            "--no-input",
            "--username=alice",
            "--email=alice@example.com",
            DJANGO_SUPERUSER_PASSWORD=PASSWORD,
        )

    def manage(self, *arguments: str, **variables: str) -> None:
        subprocess.run(
            [peers.python(), "-m", "django", *arguments],
            cwd=self.folder,
            env=self.env | variables,
            check=True,
        )

    @property
    def env(self) -> dict[str, str]:
        return {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(self.folder)}

    def fill(self, count: int) -> None:
        """Make so many images by its models, from those that are listed already."""
        self.manage("shell", "-v0", "-c", f"COUNT = {count}\n{FILL}")

    @contextmanager
    def served(self, processes: int = 2) -> Iterator[None]:
        """Serve it while the block does."""
        command = [peers.python(), "-m", "gunicorn"]
        command += ["django.core.wsgi:get_wsgi_application()", "-k", "gthread"]
        command += ["--bind", f"127.0.0.1:{self.port}", "--workers", str(processes)]
        command += ["--threads", str(gunicorn.threads), "--no-control-socket"]
        where = {"cwd": self.folder, "env": self.env}
        log = self.folder / "log"
        with running("Wagtail", log, self.answers, command=command, **where):
            yield

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}{ADMIN}login/", timeout=30).ok
        except requests.ConnectionError:
            return False
