"""The callable that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from config.stack import roomy

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = roomy(get_wsgi_application())

from imaging.outage import presence  # noqa: E402

presence.begin()
