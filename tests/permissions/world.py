"""One of each thing there is, and everybody who may or may not come by it."""

from __future__ import annotations

import re
import uuid
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.http.cookie import SimpleCookie
from django.test import Client, RequestFactory
from django.utils import timezone

from imaging.api.addresses import SALT
from imaging.api.presigned import put_address
from imaging.letters import sealer
from imaging.models import (
    About,
    ApiToken,
    Batch,
    Branding,
    Gallery,
    GuestUpload,
    Image,
    Invitation,
    Membership,
    Notice,
    Order,
    PickList,
    Recipe,
    Scope,
    ShareLink,
    Subject,
    Task,
    Team,
    Upload,
    User,
    VendorRecord,
)
from imaging.views.setup import signer
from tests.application import PASSWORD
from tests.hearing import a_webhook, ended
from tests.labwork import a_picture
from tests.permissions import PEOPLE, ROLES, Row, Table, tables, used
from tests.stored import add_rendition
from tests.test_matches import searched
from tests.test_reports import DATA, a_report
from tests.visiting import signed_in

# What a row may put in an address or a call. All of it is the contributor's.
THINGS = {
    "team": lambda world: world.team.pk,
    "image": lambda world: world.image().pk,
    "trashed": lambda world: world.trashed().pk,
    "upload": lambda world: world.upload().pk,
    "batch": lambda world: world.task.batch_id,
    "task": lambda world: world.task.pk,
    "gallery": lambda world: world.share.gallery_id,
    "hung": lambda world: world.share.shown().get().image_id,
    "share": lambda world: world.share.pk,
    "picks": lambda world: world.picks().pk,
    "guest_upload": lambda world: world.guest_upload().pk,
    "share_token": lambda world: world.share.token,
    "report": lambda world: a_report(world.team, DATA, seed=91).pk,
    "matches": lambda world: searched(world.image()).pk,
    "subject": lambda world: world.subject().pk,
    "recipe": lambda world: world.recipe().pk,
    "membership": lambda world: world.team.memberships.get(role="viewer").pk,
    "invitation": lambda world: world.invitation()[0].pk,
    "invitation_token": lambda world: world.invitation()[1],
    "invited": lambda world: world.invited().pk,
    "setup": lambda _world: signer.sign("first"),
    "signed": lambda world: signing.dumps(
        [str(world.image().pk), str(world.carol.pk), 0], salt=SALT, compress=True
    ),
    "presigned": lambda world: world.presigned(),
    "webhook": lambda world: a_webhook(world.team, "https://receiver.example/").pk,
    "delivery": lambda world: ended(a_webhook(world.team, "https://x.example/")).pk,
    "mail_stop": lambda world: sealer.sign(str(world.carol.pk)),
    "notice": lambda world: world.notice().pk,
    "token": lambda world: ApiToken.objects.issue(world.people["contributor"])[0].pk,
}


class World:
    """A team with a person in each role, an outsider, and things of the contributor."""

    def __init__(self, place: str = "example.com") -> None:
        self.place = place
        self.team = Team.objects.create(name="Studio")
        Branding.objects.create(team=self.team, logo=b"png", logo_digest="a")
        self.people = {name: self.person(name) for name in PEOPLE}
        self.cookies = {
            name: {one.key: one.value for one in signed_in(user).cookies.values()}
            for name, user in self.people.items()
        }
        issue = ApiToken.objects.issue
        self.tokens = {name: issue(user) for name, user in self.people.items()}
        self.revoked = issue(self.people["owner"], revoked=timezone.now())
        self.expired = issue(self.people["owner"], expires=timezone.now())
        self.seed = 0
        # All at once: what is made within a test goes with it.
        self.things = {
            (one.name, name): make(self)
            for one in tables()
            for name, make in {**THINGS, **one.things}.items()
            if name in one.used()
        }

    def person(self, name: str) -> User:
        email = f"{name}@{self.place}"
        user = User.objects.create_user(email, PASSWORD, name=name)
        if name in ROLES:
            Membership.objects.create(team=self.team, user=user, role=name)
        return user

    def client(self, person: str, **how: Any) -> Client:
        """Return this person's browser, as it was when they had just signed in."""
        client = Client(**how)
        client.cookies = SimpleCookie(self.cookies[person])
        return client

    def end(self) -> None:
        """Let all that an address may open on its own be over."""
        now = timezone.now()
        ShareLink.objects.update(revoked=now)
        for over in (Invitation, Upload, VendorRecord):
            over._default_manager.update(expires=now)
        User.objects.filter(pk=self.carol.pk).update(is_active=False)

    @property
    def carol(self) -> User:
        return self.people["contributor"]

    def image(self, **fields: Any) -> Image:
        self.seed += 1
        image = a_picture(self.team, f"{self.seed}.jpg", self.seed)
        Image.objects.filter(pk=image.pk).update(owner=self.carol, **fields)
        image.refresh_from_db()
        return image

    def trashed(self) -> Image:
        return self.image(trashed=timezone.now(), trashed_by=self.carol)

    def upload(self) -> Upload:
        return Upload.objects.permit(
            self.team, self.carol, "a.jpg", size=9, max_bytes=9
        )

    def presigned(self) -> str:
        """Return what follows /presigned/ in the address of an upload."""
        address = put_address(RequestFactory().put("/"), self.upload())
        return address.partition("/presigned/")[2]

    @cached_property
    def task(self) -> Task:
        order = Order.of(self.team, "local", "upscale")
        batch: Batch = Task.objects.start(
            [self.image()], order, team=self.team, user=self.carol
        )
        return batch.tasks.get()

    @cached_property
    def share(self) -> ShareLink:
        gallery = Gallery.objects.create(
            team=self.team, owner=self.carol, name="Wedding"
        )
        image = self.image()
        add_rendition(image, "320", b"small")
        gallery.add([image.pk], self.carol)
        guests = {"mode": "full", "picks": True, "uploads": True}
        return ShareLink.objects.make(gallery, self.carol, **guests)

    def invited(self) -> Invitation:
        """Return what invites the contributor, by name, into another team."""
        other = Team.objects.create(name="Other")
        made: Invitation = other.invitations.create(
            invited_by=self.people["owner"], email=self.carol.email, digest=self.place
        )
        return made

    def picks(self) -> PickList:
        return PickList.objects.create(
            link=self.share, guest="a guest", sent=timezone.now()
        )

    def guest_upload(self) -> GuestUpload:
        return GuestUpload.objects.create(
            link=self.share, guest="a guest", image=self.image()
        )

    def subject(self) -> Subject:
        return Subject.objects.obtain(self.team, "Anna", agreed=True, user=self.carol)

    def recipe(self) -> Recipe:
        order = Order.of(self.team, "local", "upscale")
        return Recipe.objects.keep(self.team, "Twice", order)

    def notice(self) -> Notice:
        Notice.objects.tell_batch(self.task.batch, {"completed": 1})
        return Notice.objects.get(user=self.carol, about=About.BATCH_ENDED)

    def invitation(self) -> tuple[Invitation, str]:
        row = Invitation(team=self.team, invited_by=self.people["owner"])
        token = row.new_token()
        row.save()
        return row, token


def absent(like: object) -> Any:
    """Return an id like this one that nothing has."""
    if isinstance(like, uuid.UUID):
        return uuid.uuid4()
    return 987_654_321 if isinstance(like, int) else "absent"


def filled(said: Any, things: dict[str, Any]) -> Any:
    """Put things where their names stand; bytes become a file."""
    if isinstance(said, bytes):
        return SimpleUploadedFile("a.jpg", said, "image/jpeg")
    if isinstance(said, list):
        return [filled(one, things) for one in said]
    if isinstance(said, dict):
        return {name: filled(one, things) for name, one in said.items()}
    found = things.get(said) if isinstance(said, str) else None
    return said if found is None else found if isinstance(found, int) else str(found)


class Call:
    """The calls of one address: with which things, by whom, and what is sent."""

    def __init__(self, world: World, table: Table, route: str, row: Row) -> None:
        self.world, self.table, self.route, self.row = world, table, route, row
        self.own: dict[str, Any] = {}
        told = {f"{{{name}}}": name for name in used(row.sends)}
        for name, said in {**row.things, **told}.items():
            if said[:1] == "=":
                self.own[name] = said[1:]
            else:
                self.own[name] = world.things[table.name, said]

    def varied(self, method: str) -> list[str]:
        """Name the things that a call with this method speaks of."""
        here = [name for name, said in self.row.things.items() if said[:1] != "="]
        sent = used(self.row.sends.get(method))
        return here + [f"{{{name}}}" for name in sent]

    def absent(self, *names: str) -> dict[str, Any]:
        """Return the things, with ids that nothing has in place of these."""
        return {**self.own, **{one: absent(self.own[one]) for one in names}}

    def path(self, method: str, things: dict[str, Any]) -> str:
        """Fill in an address: <uuid:pk> and the query; `address` is one as it is."""

        def fill(found: re.Match[str]) -> str:
            return str(things[found[1]])

        path = things.get("address")
        path = path or "/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, self.route)
        asked = self.row.sends.get(method) if method == "GET" else None
        return f"{path}?{urlencode(filled(asked, things))}" if asked else path

    def sent(self, method: str, things: dict[str, Any]) -> dict[str, Any]:
        """Return what the call carries, filled in, for the test client."""
        plain = self.table.is_site or self.table.form
        if method == "GET" or (method not in self.row.sends and plain):
            return {}
        said = filled(self.row.sends.get(method, {}), things)
        files = any(isinstance(one, SimpleUploadedFile) for one in said.values())
        if plain or files:
            return {"data": said}
        return {"data": said, "content_type": "application/json"}

    def anonymous(self, method: str, things: dict[str, Any]) -> HttpResponse:
        return self.ask(Client(), method, things)

    def cookie(self, person: str, method: str, things: dict[str, Any]) -> HttpResponse:
        """Call with a person's session, and nothing else."""
        return self.ask(self.world.client(person), method, things)

    def token(
        self, issued: tuple[ApiToken, str], method: str, things: dict[str, Any]
    ) -> HttpResponse:
        row, token = issued
        headers = self.table.shown(
            token=token, pair=row, method=method, path=self.path(method, things)
        )
        return self.ask(Client(headers=headers), method, things)

    def by(self, person: str, method: str, things: dict[str, Any]) -> HttpResponse:
        """Call as this person does: in a browser, or by a program."""
        if self.table.is_site:
            return self.cookie(person, method, things)
        return self.token(self.world.tokens[person], method, things)

    def without(self, scope: str) -> tuple[ApiToken, str]:
        """Return a token that may do all but this."""
        scopes = set(Scope.values) - {scope}
        return ApiToken.objects.issue(self.world.people["owner"], scopes=scopes)

    def ask(self, client: Client, method: str, things: dict[str, Any]) -> HttpResponse:
        call = getattr(client, method.lower())
        answer = call(self.path(method, things), **self.sent(method, things))
        if answer.streaming:
            answer.close()
        return answer
