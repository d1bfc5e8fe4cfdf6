"""Every door that takes a stranger's file, over real sockets to a running site."""

from __future__ import annotations

import hashlib
import html
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tests.application import PASSWORD, Application
from tests.providers.haut.served import HEADERS
from tests.providers.naver.signing import UPLOADS, signature
from tests.providers.retouch4me.asking import FLAT
from tests.visiting import Visitor

OWNER = "load@example.com"
# The vendors' and our own doors for programs, and those of people.
PROGRAMS = ["native", "kokoon", "retouch4me", "haut", "naver"]
PEOPLE = ["form", "page", "parts", "guest", "similar", "logo"]
DOORS = [*PEOPLE, *PROGRAMS, "sessions"]
PATIENCE = 300
BOUNDARY = "a-line-between-parts-that-no-file-has"
PREPARE = f"""
import json
from imaging.models import ApiToken, Gallery, ShareLink, User
user = User.objects.get(email="{OWNER}")
team = user.own_teams()[0]
made = [ApiToken.objects.issue(user) for _ in range(8)]
keys = [[token, row.access_key, row.secret_key] for row, token in made]
gallery = Gallery.objects.create(team=team, owner=user, name="Open")
links = [ShareLink.objects.make(gallery, user, uploads=True) for _ in range(8)]
print(json.dumps([str(team.pk), keys, [one.token for one in links]]))
"""
ALERT = re.compile(
    r'(?s)<(div|p|ul)\b[^>]*(?:role="alert"|class="errorlist")(?![^>]*hidden).*?</\1>'
)


@dataclass(frozen=True)
class Keys:
    token: str
    access: str
    secret: str


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the answer that decided, and what it says of a refusal."""

    status: int
    taken: bool
    said: str = ""
    seconds: float = 0.0


class Refusing(Exception):  # noqa: N818 - an answer, on its way to who asked
    """An answer on the way that was no yes."""

    def __init__(self, answer: requests.Response, said: str) -> None:
        super().__init__(f"{answer.status_code} {said[:300]}")
        self.status, self.said = answer.status_code, said


class Doors:
    """A person's browser and programs, and a guest, each of which sends a file."""

    def __init__(self, site: Application) -> None:
        self.site = site
        site.add_person(OWNER)
        printed = site.manage("shell", "-v0", "-c", PREPARE)
        self.team, keys, self.links = json.loads(printed)
        self.keys = [Keys(*one) for one in keys]
        self.browser = Visitor(site)
        self.browser.fill_in("/accounts/login/", login=OWNER, password=PASSWORD)
        self.browser.visit("/upload/")
        self.guest = Visitor(site)
        self.guest.visit(f"/s/{self.links[0]}/uploads/")
        # Where files may be put, as programs were told.
        self.addresses: list[str] = []
        self.ask: Callable[..., requests.Response] = requests.request
        self.place = self.settle()

    def settle(self) -> dict[str, str]:
        """Make what Haut.AI's programs need first: a dataset and a subject."""
        keys = self.keys[0]
        profile = self.json("GET", "/api/v1/auth/profile", keys)["user"]
        company = f"/api/v1/companies/{profile['company_id']}"
        dataset = self.json("POST", f"{company}/datasets", keys, {"name": "load"})
        path = f"{company}/datasets/{dataset['id']}/subjects"
        subject = self.json("POST", path, keys, {"name": "somebody"})
        return {
            "company": company,
            "subject": subject["id"],
            "person": f"{path}/{subject['id']}",
        }

    def send(
        self, door: str, data: bytes, name: str | bytes = "a.jpg", turn: int = 0
    ) -> Outcome:
        """Send a file at a door; `turn` chooses whose keys, and which link."""
        act: Callable[..., Outcome] = getattr(self, f"_{door}")
        began = time.monotonic()
        try:
            done = act(data, name, turn)
        except Refusing as error:
            done = Outcome(error.status, taken=False, said=error.said)
        seconds = time.monotonic() - began
        return Outcome(done.status, done.taken, done.said, seconds)

    def call(self, method: str, path: str, **how: Any) -> requests.Response:
        """Make a call that is answered by a yes. Raises Refusing."""
        url = path if path.startswith("http") else self.site.url + path
        if "X-Signature" in path:
            self.addresses.append(path)
        answer = self.ask(method, url, timeout=PATIENCE, allow_redirects=False, **how)
        if answer.status_code >= 400:
            raise Refusing(answer, words_of(answer))
        return answer

    def json(self, method: str, path: str, keys: Keys, body: Any = None) -> Any:
        return self.call(method, path, json=body, headers=bearer(keys)).json()

    def post(
        self, path: str, file: tuple[str, str | bytes, bytes], **how: Any
    ) -> requests.Response:
        """Post a form with one file: its field, its name as it is, and its bytes."""
        headers = {**FORM, **how.pop("headers", {})}
        body = form_of(how.pop("fields", {}), *file)
        return self.call("POST", path, data=body, headers=headers, **how)

    def of_person(self, browser: Visitor | None = None) -> dict[str, Any]:
        """Return what a signed-in person's browser sends along."""
        browser = browser or self.browser
        token = {"X-CSRFToken": browser.token, "Referer": f"{self.site.url}/"}
        return {"headers": token, "cookies": browser.cookies.get_dict()}

    def key(self, turn: int) -> Keys:
        return self.keys[turn % len(self.keys)]

    def _form(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        file = ("file", name, data)
        return taken(self.post("/upload/file/", file, **self.of_person()))

    def _page(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        return taken(self.post("/upload/", ("files", name, data), **self.of_person()))

    def _similar(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        return taken(self.post("/similar/", ("file", name, data), **self.of_person()))

    def _logo(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        path = f"/team/{self.team}/branding/"
        return taken(self.post(path, ("picture", name, data), **self.of_person()))

    def _guest(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        path = f"/s/{self.links[turn % len(self.links)]}/uploads/"
        how = self.of_person(self.guest)
        how["headers"]["Accept"] = "application/json"
        return taken(self.post(path, ("files", name, data), **how))

    def _native(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        headers = bearer(self.key(turn))
        return taken(self.post("/api/v1/images", ("file", name, data), headers=headers))

    def _kokoon(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        headers = {"Authorization": self.key(turn).token}
        path = "/kokoon/api/image/sr/v3/image"
        return taken(self.post(path, ("file", name, data), headers=headers))

    def _retouch4me(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        fields = {"token": self.key(turn).token, "payload": FLAT}
        path = "/api/v1/retoucher/start"
        return taken(self.post(path, ("file", name, data), fields=fields))

    def _haut(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        """Send a photograph for analysis; what is not used of it is said later."""
        company, subject, keys = (
            self.place["company"],
            self.place["subject"],
            self.key(turn),
        )
        path = f"{company}/subjects/{subject}/signed_upload_url"
        said = self.json("POST", path, keys, {"name": text_of(name)})
        self.call("PUT", said["upload_url"]["url"], data=data, headers=HEADERS)
        batch = said["image_batch_id"]
        path = f"{company}/batches/{batch}/compute"
        status = self.call("POST", path, headers=bearer(keys)).status_code
        path = f"{self.place['person']}/batches/{batch}/images/{said['id']}"
        told = self.json("GET", path, keys)
        kept = requests.head(told["urls"]["original"], timeout=PATIENCE)
        assert kept.status_code in {200, 404}, kept.status_code
        return Outcome(status, kept.ok, " ".join(told["problems"]))

    def _naver(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        """Send a picture to search by; whether it is taken stands in a good answer."""
        keys, asked = self.key(turn), {"assetType": "IMAGE"}
        asked["assetFileName"] = text_of(name)
        said = self.signed(f"{UPLOADS}/presigned-url", keys, asked)
        self.call("PUT", said["presignedUploadUrl"], data=data)
        done = self.signed(
            f"{UPLOADS}/complete", keys, {"assetKey": said["assetFileKey"]}
        )
        taken = done["uploadStatus"] == "COMPLETED"
        return Outcome(200, taken, done["uploadMessage"] or "")

    def signed(self, path: str, keys: Keys, body: Any) -> Any:
        stamp = str(int(time.time() * 1000))
        lines = (f"POST {path}", stamp, keys.access)
        headers = {
            "x-ncp-apigw-timestamp": stamp,
            "x-ncp-iam-access-key": keys.access,
            "x-ncp-apigw-signature-v2": signature(keys.secret, *lines),
        }
        answer = self.call("POST", path, json=body, headers=headers)
        return answer.json()["result"]

    def _parts(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        """Send a file in parts as the upload page does."""
        how = self.of_person()
        facts = {"name": raw(name), "size": str(len(data)), "digest": sha256(data)}
        said = self.call("POST", "/upload/parts/", data=facts, **how).json()
        path, size = f"/upload/parts/{said['id']}/", said["part_size"]
        for number in range(-(-len(data) // size)):
            part = data[number * size :][:size]
            self.call("PUT", f"{path}{number}/", data=part, **how)
        return taken(self.call("POST", f"{path}complete/", **how))

    def _sessions(self, data: bytes, name: str | bytes, turn: int) -> Outcome:
        """Send a file in parts as programs do, each to an address of its own."""
        keys = self.key(turn)
        facts = {"name": text_of(name), "size": len(data), "sha256": sha256(data)}
        said = self.json("POST", "/api/v1/uploads", keys, facts)
        for one in said["parts"]:
            start = one["number"] * said["part_size"]
            self.call("PUT", one["url"], data=data[start:][: one["size"]])
        headers = bearer(keys)
        return taken(self.call("POST", said["complete_url"], headers=headers))


FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def bearer(keys: Keys) -> dict[str, str]:
    return {"Authorization": f"Bearer {keys.token}"}


def taken(answer: requests.Response) -> Outcome:
    return Outcome(answer.status_code, taken=True)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def text_of(name: str | bytes) -> str:
    """Return a name as it is said in JSON: what is no text of UTF-8 as surrogates."""
    return name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")


def raw(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")


def form_of(
    fields: dict[str, str], field: str, name: str | bytes, data: bytes
) -> bytes:
    """Write a multipart body with the file's name as it is, to the byte."""
    line = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name="
    body = "".join(f'{line}"{key}"\r\n\r\n{said}\r\n' for key, said in fields.items())
    head = f'{line}"{field}"; filename="'.encode() + raw(name).replace(b'"', b"%22")
    kind = b'"\r\nContent-Type: image/jpeg\r\n\r\n'
    return body.encode() + head + kind + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def words_of(answer: requests.Response) -> str:
    """Return what an answer that is no yes says to whoever reads it."""
    kind = answer.headers.get("Content-Type", "")
    if "json" in kind:
        return said_in(answer.json())
    if "xml" in kind:
        return html.unescape("".join(re.findall("<Message>(.*?)<", answer.text)))
    alerts = " ".join(found[0] for found in ALERT.finditer(answer.text))
    # A page that tells of nothing else has its sentence below its heading.
    alerts = alerts or "".join(re.findall("(?s)<h1.*?</p>", answer.text)[:1])
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", alerts).split()))


def said_in(body: Any) -> str:
    """Return the sentence in a JSON error, by whichever name a door has for it."""
    if isinstance(body, list):
        return " ".join(map(said_in, body))
    if not isinstance(body, dict):
        return ""
    for name in ("message", "detail", "refused", "errors", "error"):
        if said := body.get(name):
            return said if isinstance(said, str) else said_in(said)
    return ""
