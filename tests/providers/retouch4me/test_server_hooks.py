"""The address that came with Retouch4me's `start` is told of the end of its job."""

import pytest

from imaging.models import Task, User, WebhookDelivery
from tests.api.calling import a_token
from tests.hearing import receiver_fixture, send  # noqa: F401
from tests.providers.playing import Playing
from tests.providers.retouch4me.asking import get, parts, start

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_a_hook_is_told_of_the_end(
    receiver: Playing, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETOUCH4ME_HOOKS", "127.0.0.1")
    hook = ("hook", f"{receiver.url}/hook?mine=1")
    begun = start([*parts(a_token(bob)), hook])
    assert Task.objects.get().cancel()
    send(WebhookDelivery.objects.get())
    [heard] = receiver.heard
    status = get(f"/api/v1/retoucher/status/{begun.said['id']}").said
    assert heard.json() == {**status, "id": begun.said["id"]}
    assert heard.target == "/hook?mine=1"
