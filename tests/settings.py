"""The settings of the test run: the application's own, in a folder that goes again."""

import os
import tempfile
from pathlib import Path

# Processes that a test starts inherit the folder of the run.
if "DARKROOM_TEST_DATA" not in os.environ:
    os.environ["DARKROOM_TEST_DATA"] = tempfile.mkdtemp(prefix="darkroom-test-")
DATA_OF_RUN = os.environ["DARKROOM_DATA"] = os.environ["DARKROOM_TEST_DATA"]

from config.settings import *  # noqa: E402, F403
from config.settings import STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages are rendered without collectstatic; the real storage serves the browser tests.
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
STATIC_ROOT = Path(DATA_OF_RUN) / "static"
STATIC_ROOT.mkdir(exist_ok=True)
