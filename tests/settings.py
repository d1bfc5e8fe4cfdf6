"""The settings of the test run: the application's own, in a folder that goes again."""

import os
import tempfile
from pathlib import Path

from tests.services import BUCKETS

# Processes that a test starts inherit the folder of the run; of several that share the
# tests among them, each has its own.
RUNNER = os.environ.get("PYTEST_XDIST_WORKER", "")
if os.environ.get("DARKROOM_TEST_RUNNER") != RUNNER:
    os.environ["DARKROOM_TEST_RUNNER"] = RUNNER
    os.environ["DARKROOM_TEST_DATA"] = tempfile.mkdtemp(prefix="darkroom-test-")
    number = int(RUNNER.removeprefix("gw") or 0)
    if url := os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = f"{url.rpartition('/')[0]}/{number * 100}"
    if os.environ.get("AWS_STORAGE_BUCKET_NAME"):
        os.environ["AWS_STORAGE_BUCKET_NAME"] = BUCKETS[number]
DATA_OF_RUN = os.environ["DARKROOM_DATA"] = os.environ["DARKROOM_TEST_DATA"]

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "config.sqlite3":
    # Said in so many words: it is another engine than the one known to have it so.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Pages are rendered without collectstatic; the real storage serves the browser tests.
STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
STATIC_ROOT = Path(DATA_OF_RUN) / "static"
STATIC_ROOT.mkdir(exist_ok=True)
