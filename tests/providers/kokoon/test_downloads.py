"""Downloads that are counted here are told to Kokoon, each once, whatever happens."""

from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imaging import worker
from imaging.background.sweeping import wake_untold
from imaging.models import Download, Image, ProviderAccount, Task, Team, User
from tests.providers.kokoon.played import ROOT, TOKEN, Played
from tests.providers.playing import answer
from tests.providers.staging import Stage
from tests.providers.vendor import TROUBLES, instead

COUNT = "count_download"


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
class TestDownloads(Stage):
    provider = "kokoon"
    plays = Played
    values = {"TOKEN": TOKEN}

    @pytest.fixture
    def result(self, vendor: Played, team: Team) -> Image:
        """A picture that Kokoon has made."""
        task = self.ends_well(self.begin(team))
        return Image.objects.get(pk=task.result_id)

    def taken(self, image: Image, visitor: str = "user:1") -> Download:
        """Let somebody download a picture."""
        assert Download.objects.count_once(image, visitor)
        return Download.objects.latest("at")

    def tell(self, row: Download) -> Download:
        """Tell of it, as if its waiting were over."""
        self.let_through()
        now = timezone.now()
        Download.objects.filter(pk=row.pk, owed__isnull=False).update(owed=now)
        worker.tell(str(row.pk))
        row.refresh_from_db()
        return row

    def test_each_counted_download_is_told_once(
        self, vendor: Played, result: Image
    ) -> None:
        row = self.taken(result)
        assert row.owed
        assert not Download.objects.count_once(result, "user:1")
        for _ in range(2):
            row = self.tell(row)
        self.tell(self.taken(result, "user:2"))
        [first, second] = vendor.asked[COUNT]
        path = f"{ROOT}/image/{Task.objects.get().ticket['out_vid']}"
        assert first.path == second.path == f"{path}/download-inc-count"
        assert (row.owed, bool(row.told)) == (None, True)
        result.refresh_from_db()
        assert (result.provider_downloads, result.download_count) == (2, 2)
        assert result.provider_downloads_at

    def test_originals_and_previews_are_not_told_of(
        self, vendor: Played, result: Image, team: Team
    ) -> None:
        assert result.parent
        assert self.taken(result.parent).owed is None
        order = self.order(team)
        order.options["preview"] = True
        image = self.picture(team, 7)
        batch = Task.objects.start([image], order, team=team, user=None)
        preview = self.ends_well(batch.tasks.get())
        for made in preview.images.all():
            assert self.taken(made).owed is None
        assert not vendor.asked[COUNT]

    @pytest.mark.parametrize("wrong", TROUBLES)
    def test_trouble_is_overcome_without_counting_twice(
        self, vendor: Played, result: Image, wrong: str
    ) -> None:
        vendor.spoil(COUNT, TROUBLES[wrong])
        row = self.tell(self.taken(result))
        assert row.owed
        row = self.tell(row)
        assert (row.owed, bool(row.told)) == (None, True)
        result.refresh_from_db()
        assert result.provider_downloads == 1
        assert sum(one.downloads for one in vendor.images.values()) == 1

    def test_a_crash_after_it_was_told_does_not_count_twice(
        self, vendor: Played, result: Image
    ) -> None:
        row = self.taken(result)
        crash = mock.patch("imaging.faults.reach", side_effect=SystemExit)
        with crash, pytest.raises(SystemExit):
            self.tell(row)
        row.refresh_from_db()
        assert row.note["count:intended"]
        row = self.tell(row)
        assert row.told
        assert len(vendor.asked[COUNT]) == 1

    def test_one_picture_is_told_of_one_at_a_time(
        self, vendor: Played, result: Image
    ) -> None:
        first, second = self.taken(result), self.taken(result, "user:2")
        assert Download.objects.claim(str(first.pk))
        assert Download.objects.claim(str(second.pk)) is None
        assert not Download.objects.due().exists()
        assert not Download.objects.claim(str(first.pk))

    def test_a_refusal_is_let_be_and_is_nobodys_trouble(
        self, vendor: Played, result: Image
    ) -> None:
        gone = {"message": "fail to get result."}
        vendor.spoil("image", instead(answer(gone, 404)))
        row = self.tell(self.taken(result))
        assert (row.owed, row.told) == (None, None)
        result.refresh_from_db()
        assert (result.provider_downloads, result.download_count) == (None, 1)

    def test_it_is_given_up_after_very_many_tries(
        self, vendor: Played, result: Image
    ) -> None:
        vendor.spoil(COUNT, TROUBLES["has a fault"])
        row = self.taken(result)
        Download.objects.update(tells=49)
        assert self.tell(row).owed is None

    @pytest.mark.parametrize(
        ("route", "path"),
        [
            ("PUT /image/{vid}/taken", f"{ROOT}/image/VID/taken"),
            ("off", ""),
            ("nonsense", ""),
        ],
    )
    def test_the_route_is_a_setting_of_the_account(
        self, vendor: Played, result: Image, team: Team, route: str, path: str
    ) -> None:
        vid = Task.objects.get().ticket["out_vid"]
        path = path.replace("VID", vid)
        vendor.on(f"PUT {path}", answer(b""))
        row = ProviderAccount(team=team, provider="kokoon", url=vendor.url)
        row.values = {"token": TOKEN, "download_route": route}
        row.save()
        told = self.tell(self.taken(result))
        assert told.owed is None
        assert bool(told.told) == (route != "nonsense")
        assert not vendor.asked[COUNT]
        assert vendor.count(f"PUT {path}") == bool(path)

    def test_a_paused_account_is_told_later(
        self, vendor: Played, result: Image, team: Team
    ) -> None:
        row = ProviderAccount(team=team, provider="kokoon", url=vendor.url, paused=True)
        row.values = {"token": TOKEN}
        row.save()
        told = self.tell(self.taken(result))
        assert told.owed
        assert not vendor.asked[COUNT]
        ProviderAccount.objects.update(paused=False)
        assert self.tell(told).told

    def test_the_sweep_wakes_what_was_never_told(
        self, vendor: Played, result: Image
    ) -> None:
        rows = [self.taken(result, f"user:{number}") for number in range(3)]
        Download.objects.update(owed=F("owed") - timedelta(minutes=1))
        woken: list[Any] = []
        with (
            mock.patch(
                "imaging.background.sweeping.wake",
                lambda act, pk: woken.append((act, pk)),
            ),
            mock.patch("imaging.background.sweeping.get_broker") as broker,
        ):
            broker.return_value.queue_size.return_value = 0
            wake_untold()
        assert woken == [("tell", rows[0].pk)]

    def test_the_page_shows_both_numbers_and_both_clocks(
        self, vendor: Played, result: Image, alice: User, client: Client
    ) -> None:
        self.tell(self.taken(result))
        client.force_login(alice)
        page = client.get(reverse("image", args=[result.pk]))
        text = " ".join(page.text.split())
        assert "Downloaded 1 time." in text
        assert "Kokoon counts 1 (" in text
        assert "Kept by Kokoon until" in text
        kept = Task.objects.get().kept_until
        assert kept
        assert f"{kept:%Y-%m-%dT%H:%M:%S}" in text
