"""What an operator does to an account, and that there is no way round it."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client
from django.urls import reverse

from imaging import live
from imaging.models import (
    ApiToken,
    AuditEvent,
    Batch,
    Gallery,
    ShareLink,
    Team,
    User,
)
from imaging.operating import accounts
from tests.application import PASSWORD
from tests.test_second_factor import code_of
from tests.visiting import of, sign_in

SECRET = "JBSWY3DPEHPK3PXP"  # nosec B105
pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("root@example.com", PASSWORD)


@pytest.fixture
def root(client: Client, operator: User) -> Client:
    """A browser in which the operator is signed in."""
    client.force_login(operator)
    return client


def do(root: Client, user: User, act: str, **said: str) -> str:
    """Do it as an operator does: read what it means, then press the button."""
    where = reverse("admin:person_act", args=[user.pk, act])
    assert root.get(where).status_code == 200
    assert not AuditEvent.objects.filter(action=act).exists()
    assert root.post(where, said).status_code == 302
    return AuditEvent.objects.order_by("-at").first().action  # type: ignore[union-attr]


def login(user: User) -> dict[str, str]:
    said = {"username": user.email, "password": PASSWORD}
    return Client().post("/api/v1/auth/login/", said, "application/json").json()


def renewed(answer: dict[str, str]) -> int:
    said = {"refresh_token": answer["refresh_token"]}
    return Client().post("/api/v1/auth/refresh/", said, "application/json").status_code


def opens(token: str) -> int:
    shown = {"authorization": f"Bearer {token}"}
    return Client(headers=shown).get("/api/v1/images").status_code


def test_a_suspended_account_is_let_in_nowhere(
    root: Client, studio: Team, bob: User
) -> None:
    page, half = of(bob), Client()
    _row, token = ApiToken.objects.issue(bob, "camera")
    haut = login(bob)
    batch = Batch.objects.create(team=studio, user=bob)
    watch = live.permit(bob, batch)
    TOTP.activate(bob, SECRET)
    # Past the password, before the second step.
    assert sign_in(half, bob.email) == 302
    assert (page.get("/").status_code, opens(token)) == (200, 200)
    assert do(root, bob, "suspend") == "suspended"
    assert page.get("/").status_code == 302
    assert opens(token) == opens(haut["token_access"]) == 401
    assert renewed(haut) == 401
    studio.refresh_from_db()
    assert live.revocations(watch, batch.pk) != studio.revocations
    half.post("/accounts/2fa/authenticate/", {"code": code_of(SECRET)})
    assert half.get("/").status_code == 302
    sent = Client()
    sent.post("/accounts/password/reset/", {"email": bob.email})
    assert not [one for one in mail.outbox if "/password/reset/key/" in one.body]
    Authenticator.objects.filter(user=bob).delete()
    fresh = Client()
    sign_in(fresh, bob.email)
    assert fresh.get("/").status_code == 302
    assert "suspended" in root.get(reverse("admin:person", args=[bob.pk])).text
    assert do(root, bob, "restore") == "restored"
    assert page.get("/").status_code == 302, "Old sessions stay dead."
    assert opens(token) == 200
    assert opens(haut["token_access"]) == 401
    assert renewed(haut) == 401
    assert sign_in(fresh, bob.email) == 302
    assert fresh.get("/").status_code == 200


def test_the_operator_chooses_what_becomes_of_share_links(
    root: Client, studio: Team, bob: User
) -> None:
    gallery = Gallery.objects.create(team=studio, owner=bob, name="Wedding")
    link = ShareLink.objects.make(gallery, bob)
    guest = Client()
    do(root, bob, "suspend", links="keep")
    assert guest.get(reverse("share", args=[link.named])).status_code == 200
    do(root, bob, "restore")
    do(root, bob, "suspend", links="close")
    assert guest.get(reverse("share", args=[link.named])).status_code == 410


def test_signing_out_everywhere_ends_sessions_and_leaves_tokens(
    root: Client, bob: User, alice: User
) -> None:
    page, other, program = of(bob), of(alice), login(bob)
    _row, token = ApiToken.objects.issue(bob, "camera")
    assert do(root, bob, "sign-out") == "signed_out_everywhere"
    assert page.get("/").status_code == 302
    assert other.get("/").status_code == opens(token) == 200
    assert opens(program["token_access"]) == renewed(program) == 401
    assert sign_in(page, bob.email) == 302
    assert page.get("/").status_code == 200


def test_sessions_outlive_an_upgrade(bob: User) -> None:
    hashed = super(User, bob)._get_session_auth_hash()  # type: ignore[misc]
    assert bob.get_session_auth_hash() == hashed
    bob.sign_out_everywhere()
    assert bob.get_session_auth_hash() != hashed


def test_a_lost_second_factor_is_reset_and_its_person_told(
    root: Client, bob: User
) -> None:
    TOTP.activate(bob, "SECRET")
    assert do(root, bob, "reset") == "second_factor_reset"
    assert not Authenticator.objects.filter(user=bob).exists()
    assert [one.to for one in mail.outbox] == [[bob.email]]
    assert sign_in(page := Client(), bob.email) == 302
    assert page.get("/").status_code == 200


def test_the_last_operator_stays_one(root: Client, operator: User) -> None:
    where = reverse("admin:person_act", args=[operator.pk, "suspend"])
    assert root.post(where).status_code == 302
    assert not accounts.suspend(operator, close_links=False)
    change = reverse("admin:imaging_user_change", args=[operator.pk])
    form = {"email": operator.email, "memberships-TOTAL_FORMS": 0}
    form |= {"memberships-INITIAL_FORMS": 0, "is_staff": "on"}
    assert root.post(change, form).status_code == 200
    delete = reverse("admin:imaging_user_delete", args=[operator.pk])
    root.post(delete, {"post": "yes"})
    operator.refresh_from_db()
    assert operator.is_superuser
    assert operator.is_active
    User.objects.create_superuser("other@example.com", PASSWORD)
    assert accounts.suspend(operator, close_links=False)


def test_only_operators_do_it(bob: User, alice: User) -> None:
    page = of(bob)
    for act in ("suspend", "restore", "sign-out", "reset", "view"):
        where = reverse("admin:person_act", args=[alice.pk, act])
        assert page.post(where).status_code in {302, 403}
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    assert page.post(where).status_code == 403
    alice.refresh_from_db()
    assert alice.is_active
    assert not AuditEvent.objects.exists()
