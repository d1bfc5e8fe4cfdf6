"""The settings, for a site whose threads share few database connections."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES

DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = int(os.environ["POOL"])
