"""Retouch4me itself, where a token and RETOUCH4ME_LIVE=1 say that it may be asked.

Trying the account costs nothing; the picture costs one credit.
"""

import os

import pytest
from django.utils import timezone

from imaging.models import Team
from tests.labwork import fresh
from tests.providers.staging import Stage
from tests.services import eventually

LIVE = bool(os.environ.get("RETOUCH4ME_TOKEN")) and (
    os.environ.get("RETOUCH4ME_LIVE") == "1"
)


@pytest.mark.skipif(
    not LIVE,
    reason="NOT RUN against Retouch4me: no RETOUCH4ME_TOKEN, RETOUCH4ME_LIVE=1",
)
@pytest.mark.django_db(transaction=True)
class TestLive(Stage):
    provider = "retouch4me"

    def test_the_account_can_be_tried(self, played: None, team: Team) -> None:
        assert "limits" in self.inquire(team)

    def test_a_picture_goes_the_whole_way(self, played: None, team: Team) -> None:
        task = self.begin(team)

        def ended() -> bool:
            now = fresh(task)
            if now.is_open and now.due <= timezone.now():
                now = self.step(now)
            return not now.is_open

        eventually("Retouch4me is done", ended, 900)
        task = fresh(task)
        assert task.state == "completed", f"{task.code} {task.message}"
