"""The audit log: a row for each change, by whom and with what, and none taken back."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from imaging.auditing.commands import Commands
from imaging.models import ApiToken, AuditEvent, Gallery, Image, ShareLink, Team, User
from imaging.models.events import KeptForGood
from tests.application import PASSWORD
from tests.stored import an_image
from tests.visiting import OTHER, of, sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def last() -> AuditEvent:
    return AuditEvent.objects.order_by("-at").first()  # type: ignore[return-value]


def acts() -> list[str]:
    return list(AuditEvent.objects.order_by("at").values_list("action", flat=True))


def test_a_change_on_a_page_is_noted_with_who_what_whose_and_where_from(
    studio: Team, bob: User
) -> None:
    image = an_image(studio, b"bytes", "a.jpg")
    Image.objects.filter(pk=image.pk).update(owner=bob)
    page = of(bob, studio)
    said = {"image": [str(image.pk)], "password": "s3cret"}
    assert page.post(reverse("trash_add"), said).status_code < 400
    row = last()
    assert (row.action, row.user, row.who) == ("trash_add", bob, bob.email)
    assert row.address == "127.0.0.1"
    assert row.data.pop("request"), "The id that stands in the logs."
    assert row.data == {"chosen": [str(image.pk)]}
    page.post(reverse("galleries"), {"name": "Wedding", "visibility": "team"})
    made = Gallery.objects.get()
    assert (last().subject_type, last().subject_id) == ("gallery", str(made.pk))
    assert last().team == studio
    page.post(reverse("gallery_delete", args=[made.pk]), {"sure": "yes"})
    assert (last().action, last().subject_id) == ("gallery_delete", str(made.pk))
    assert last().team == studio, "Whose it was is known, though it is gone."


def test_what_changes_nothing_is_not_noted(studio: Team, bob: User) -> None:
    page = of(bob)
    before = acts()
    page.get(reverse("library"))
    page.post(reverse("galleries"), {"name": ""})
    page.post(reverse("gallery_delete", args=[studio.pk]))
    Client().post(reverse("trash_add"), {"image": str(studio.pk)})
    Client(enforce_csrf_checks=True).post(reverse("galleries"), {"name": "x"})
    assert acts() == before


def test_a_program_is_noted_by_the_name_of_its_token_and_never_by_the_token(
    studio: Team, bob: User
) -> None:
    _row, token = ApiToken.objects.issue(bob, "camera")
    program = Client(headers={"authorization": f"Bearer {token}"})
    said = {"name": "Wedding", "team": str(studio.pk)}
    answer = program.post("/api/v1/galleries", said, "application/json")
    assert answer.status_code == 201
    row = last()
    assert (row.action, row.token, row.user) == (
        "api:galleries.add_gallery",
        "camera",
        bob,
    )
    assert (row.subject_id, row.team) == (answer.json()["id"], studio)
    assert token not in repr(vars(row))


def test_a_guest_is_noted_as_one_of_a_link(studio: Team, alice: User) -> None:
    gallery = Gallery.objects.create(team=studio, owner=alice, name="Wedding")
    image = an_image(studio, b"bytes", "a.jpg")
    gallery.add([image.pk], alice)
    link = ShareLink.objects.make(gallery, alice, picks=True)
    guest = Client()
    guest.get(reverse("share", args=[link.named]))
    where = reverse("share_pick", args=[link.named, image.pk])
    assert guest.post(where, {"picked": "yes"}).status_code < 400
    row = last()
    assert (row.action, row.user, row.who, row.team) == ("share_pick", None, "", studio)
    assert row.data["link"] == str(link.pk)
    assert link.token not in repr(vars(row))


def test_coming_in_is_noted_and_so_is_who_could_not(bob: User) -> None:
    client = Client()
    sign_in(client, bob.email, "my other password")
    assert (last().action, last().user) == ("sign_in_failed", bob)
    sign_in(client, "my-passw0rd@typed.here", "x")
    assert (last().action, last().user) == ("sign_in_failed", None)
    sign_in(client, bob.email)
    form = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    client.post(reverse("account_change_password"), form)
    client.post(reverse("account_logout"))
    assert acts()[2:] == ["signed_in", "password_changed", "signed_out"]
    known = repr(list(AuditEvent.objects.values()))
    for secret in ("my other password", "my-passw0rd", OTHER, PASSWORD):
        assert secret not in known


def test_a_program_that_signs_in_is_its_person(bob: User) -> None:
    said = {"username": bob.email, "password": "my other password"}
    where = "/api/v1/auth/login/"
    Client().post(where, said, "application/json")
    assert (last().action, last().user) == ("sign_in_failed", bob)
    answer = Client().post(where, said | {"password": PASSWORD}, "application/json")
    assert (last().action, last().user, last().who) == ("haut:login", bob, bob.email)
    known = repr(list(AuditEvent.objects.values()))
    for secret in ("my other password", *answer.json()["token_access"].split(".")):
        assert secret not in known


def test_the_console_is_noted_with_the_columns_that_were_changed(studio: Team) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    made, _token = ApiToken.objects.issue(root, "camera")
    chosen = {"action": "revoke", "_selected_action": made.pk}
    of(root).post(reverse("admin:imaging_apitoken_changelist"), chosen)
    assert last().action == "admin:imaging_apitoken_changelist"
    data = last().data
    assert (data["chosen"], data["act"]) == ([str(made.pk)], "revoke")


def test_no_act_of_the_console_goes_unnoted_for_a_nul(bob: User) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root@example.com", PASSWORD))
    row, _token = ApiToken.objects.issue(bob, "laptop")
    form = {"_selected_action": str(row.pk), "action": ["revoke", "\0"], "index": "0"}
    assert root.post("/admin/imaging/apitoken/", form).status_code == 302
    row.refresh_from_db()
    assert row.revoked
    assert (last().action, last().data["chosen"]) == (
        "admin:imaging_apitoken_changelist",
        [str(row.pk)],
    )


# A command closes its connections at its end.
@pytest.mark.django_db(transaction=True)
def test_a_command_is_noted_without_what_it_was_given(
    bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Commands(["manage.py", "apitoken", bob.email]).execute()
    assert acts() == ["token_made"]
    Commands(["manage.py", "recount"]).execute()
    assert acts() == ["token_made"], "It has found nothing to change."
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    given = ["--noinput", "--email", "root@example.com"]
    Commands(["manage.py", "createsuperuser", *given]).execute()
    assert last().data == {"command": "createsuperuser"}
    assert last().who


def test_rows_are_only_ever_added(studio: Team, bob: User) -> None:
    row = AuditEvent.objects.note("left", user=bob, team=studio)
    rows = AuditEvent.objects.all()
    row.action = "other"
    for change in (
        row.save,
        row.delete,
        rows.delete,
        lambda: rows.update(action="other"),
        lambda: AuditEvent.objects.bulk_update([row], ["action"]),
        lambda: AuditEvent.objects.bulk_create(
            [AuditEvent(pk=row.pk, action="other")],
            update_conflicts=True,
            update_fields=["action"],
            unique_fields=["id"],
        ),
    ):
        with pytest.raises(KeptForGood):
            change()
    bob.delete()
    studio.delete()
    kept = AuditEvent.objects.get()
    assert (kept.user, kept.team, kept.who) == (None, None, "bob@example.com")


def test_what_cannot_be_noted_happens_all_the_same(
    studio: Team, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    page = of(bob, studio)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE imaging_auditevent RENAME TO away")
    assert (
        page.post(reverse("galleries"), {"name": "A", "visibility": "team"}).status_code
        == 302
    )
    assert page.post(reverse("team_add"), {"name": "New"}).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE away RENAME TO imaging_auditevent")
    assert Gallery.objects.filter(name="A").exists()
    assert Team.objects.filter(name="New").exists()
    assert "not in the audit log: galleries" in caplog.text
    assert "not in the audit log: team_made" in caplog.text
