"""Haut.AI, played: its documented calls with its documented bodies, on a real socket.

`python -m tests.providers.haut.played PORT` serves until it is ended.
"""

from __future__ import annotations

import io
import json
import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from PIL import Image

from tests.drawing import save
from tests.providers.playing import Heard, Steps, answer
from tests.providers.vendor import Vendor, Work, call, golden, serve

TOKEN = "a-private-token-of-haut"
EMAIL, PASSWORD = "dev@example.com", "a-password-of-haut"
COMPANY = "3f0c1a52-6b1e-4a53-9a75-0d4f5b7c1e11"
DATASET = "9b2d6c1e-0f53-4d0a-8c1f-7a1b2c3d4e5f"
# The ids in the golden bodies, which are replaced by those of the moment.
SUBJECT = "2fea742a-62ec-4a81-9729-9e0283f9c40c"
BATCH = "5243ab6a-bd30-4932-b98c-45e43edfdc36"
IMAGE = "adcf1265-dbd8-495c-afa4-f7aceb2e4fbe"
STORAGE = "https://storage.googleapis.com/haut"
MOST = 31_457_280
SIDES = {1: "front", 2: "right", 3: "left"}
BATCHES = "/api/v1/companies/{c}/datasets/{d}/subjects/{s}/batches"


@dataclass
class Computed(Work):
    """One batch that was computed, and so paid; the key is its id."""

    sides: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


@dataclass
class Record:
    """One image, and its bytes once they have come."""

    id: str
    batch: str
    subject: str
    name: str
    side: str
    body: bytes = b""


class Played(Vendor):
    """The service; `results` is what it says of each picture."""

    job = Computed

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.tokens = {TOKEN}
        self.logins = 0
        self.datasets: dict[str, str] = {}
        self.attached: list[str] = []
        self.images: dict[str, Record] = {}
        self.results = "results"
        self.ready_after = 1

    def respond(self, heard: Heard) -> Steps:
        if "chunked" in heard.headers.get("transfer-encoding", ""):
            return golden("haut/storage_signature.http")
        if heard.path.startswith("/api/") and "/auth/" not in heard.path:
            token = heard.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.tokens:
                return golden("haut/unauthorized.http")
        return super().respond(heard)

    # Signing in.

    @call("POST /api/v1/auth/login/")
    def login(self, heard: Heard) -> bytes:
        if heard.json() != {"username": EMAIL, "password": PASSWORD}:
            return golden("haut/login_refused.http")
        self.logins += 1
        return golden("haut/login.http", **self.issue(f"access-{self.logins}"))

    @call("POST /api/v1/auth/refresh/")
    def refresh(self, heard: Heard) -> bytes:
        if heard.json().get("refresh_token") not in self.whispered:
            return golden("haut/unauthorized.http")
        fresh = f"renewed-{len(self.tokens)}"
        said = {"a-newer-token": fresh, "a-newer-refresh-token": f"{fresh}-refresh"}
        self.remember(*said.values())
        return golden("haut/refreshed.http", **said)

    def issue(self, token: str) -> dict[str, str]:
        self.remember(token, f"{token}-refresh")
        return {"an-access-token": token, "a-refresh-token": f"{token}-refresh"}

    def remember(self, token: str, refresh: str) -> None:
        self.tokens.add(token)
        self.whispered |= {token, refresh}

    @call("GET /api/v1/auth/profile/")
    def profile(self, heard: Heard) -> bytes:
        return answer({"user": {"id": 7}})

    # Datasets and what computes in them.

    @call("GET /api/v1/companies/{c}/applications/", act="inquire")
    def applications(self, heard: Heard, c: str) -> bytes:
        if c != COMPANY:
            return golden("haut/forbidden.http")
        return golden("haut/applications.http")

    @call("POST /api/v1/companies/{c}/applications/{name}/attach-to-dataset/")
    def attach(self, heard: Heard, c: str, name: str) -> bytes:
        if name == "face_analysis" and "face_skin_metrics_2.0" not in self.attached:
            return golden("haut/missing_dependencies.http")
        self.attached.append(name)
        return answer({"id": 1, "dataset_id": heard.json()["dataset_id"]}, 201)

    @call("GET /api/v1/dicts/image_types/")
    def image_types(self, heard: Heard) -> bytes:
        return golden("haut/image_types.http")

    @call("GET /api/v1/companies/{c}/datasets/")
    def list_datasets(self, heard: Heard, c: str) -> bytes:
        return page([{"id": i, "name": name} for i, name in self.datasets.items()])

    @call("POST /api/v1/companies/{c}/datasets/")
    def create_dataset(self, heard: Heard, c: str) -> bytes:
        asked = heard.json()
        assert asked["image_type_id"] == 1
        self.datasets[DATASET] = asked["name"]
        return golden("haut/dataset.http")

    @call("GET /api/v1/companies/{c}/datasets/{d}/")
    def dataset(self, heard: Heard, c: str, d: str) -> bytes:
        if d not in {DATASET, *self.datasets}:
            return golden("haut/not_found.http")
        connected = [{"tech_name": name} for name in self.attached]
        return answer({"id": d, "connected_applications": connected})

    # Subjects.

    @call("GET /api/v1/companies/{c}/datasets/{d}/subjects/", act="submit")
    def list_subjects(self, heard: Heard, c: str, d: str) -> bytes:
        rows = [{"id": i, "name": name} for i, name in self.subjects.items()]
        return page(rows)

    @call("POST /api/v1/companies/{c}/datasets/{d}/subjects/", act="submit")
    def create_subject(self, heard: Heard, c: str, d: str) -> bytes:
        # Nothing more of a person than it needs: they have a name here, and no face.
        assert set(heard.json()) == {"name"}
        made = str(uuid.uuid4())
        self.subjects[made] = heard.json()["name"]
        return golden("haut/subject.http", **{SUBJECT: made})

    # Images.

    @call("POST /api/v1/companies/{c}/subjects/{s}/signed_upload_url/", act="submit")
    def signed_upload_url(self, heard: Heard, c: str, s: str) -> bytes:
        if s not in self.subjects:
            return golden("haut/not_found.http")
        asked = heard.json()
        batch = asked.get("batch_id") or str(uuid.uuid4())
        side = SIDES[asked["side_id"]]
        others = [one.side for one in self.images.values() if one.batch == batch]
        if side in others or any(one.key == batch for one in self.jobs.values()):
            return golden("haut/invalid.http")
        made = Record(str(uuid.uuid4()), batch, s, asked["name"], side)
        self.images[made.id] = made
        signature = f"signature-of-{made.id}"
        self.whispered.add(signature)
        place = f"{self.url}/storage/{made.id}"
        changes = {IMAGE: made.id, BATCH: batch, "a-signature": signature}
        changes[f"{STORAGE}/original"] = place
        return golden("haut/signed_upload.http", **changes)

    @call("PUT /storage/{i}", act="submit")
    def put(self, heard: Heard, i: str) -> bytes:
        signed = f"X-Goog-Signature=signature-of-{i}" in heard.target
        headers = heard.headers
        exact = (
            headers.get("content-type") == "application/octet-stream"
            and headers.get("x-goog-content-length-range") == f"1,{MOST}"
            and "authorization" not in headers
        )
        if not (signed and exact and "content-length" in headers):
            return golden("haut/storage_signature.http")
        if i not in self.images:
            return golden("haut/storage_no_key.http")
        if not 1 <= len(heard.body) <= MOST:
            return golden("haut/storage_too_large.http")
        self.images[i].body = heard.body
        return answer(b"")

    @call("POST /api/v1/companies/{c}/batches/{b}/compute/", act="submit")
    def compute(self, heard: Heard, c: str, b: str) -> bytes:
        found = [one for one in self.images.values() if one.batch == b]
        if not found:
            return golden("haut/not_found.http")
        if not all(one.body for one in found):
            return golden("haut/not_uploaded.http")
        sizes = [len(one.body) for one in found]
        self.take(b, sides=[one.side for one in found], sizes=sizes)
        return answer(b"", 204)

    @call("GET " + BATCHES + "/{b}/images/{i}/results/", act="poll")
    def list_results(self, heard: Heard, i: str, **_: str) -> bytes:
        if not (found := self.images.get(i)):
            return golden("haut/not_found.http")
        works = [one for one in self.jobs.values() if one.key == found.batch]
        if not works or self.share(works[0]) < 1:
            return answer([])
        return golden(f"haut/{self.results}.http", **{IMAGE: i})

    @call("GET " + BATCHES + "/{b}/images/{i}/", act="fetch")
    def image(self, heard: Heard, i: str, **_: str) -> bytes:
        if i not in self.images:
            return golden("haut/not_found.http")
        where = {STORAGE: f"{self.url}/storage/{i}", IMAGE: i}
        return golden("haut/image.http", **where)

    @call("GET " + BATCHES + "/{b}/images/{i}/aux/")
    def aux(self, heard: Heard, i: str, **_: str) -> bytes:
        return golden("haut/aux.http", **{STORAGE: f"{self.url}/storage/{i}"})

    @call("GET /storage/{i}/redness.png", act="fetch", picture=True)
    def mask(self, heard: Heard, i: str) -> bytes:
        with Image.open(io.BytesIO(self.images[i].body)) as sent:
            red = Image.new("RGBA", sent.size, (230, 40, 60, 90))
        return answer(save(red, "PNG"))

    @call("GET /api/v1/companies/{c}/datasets/{d}/subjects/{s}/images/")
    def subject_images(self, heard: Heard, s: str, **_: str) -> bytes:
        return self.listed(one for one in self.images.values() if one.subject == s)

    @call("GET " + BATCHES + "/{b}/images/")
    def batch_images(self, heard: Heard, b: str, **_: str) -> bytes:
        return self.listed(one for one in self.images.values() if one.batch == b)

    def listed(self, records: Any) -> bytes:
        rows = [
            {"id": one.id, "name": one.name, "image_batch_id": one.batch}
            for one in records
        ]
        return page(rows)

    @call("DELETE " + BATCHES + "/{b}/images/{i}/")
    def delete_image(self, heard: Heard, i: str, **_: str) -> bytes:
        if not self.images.pop(i, None):
            return golden("haut/not_found.http")
        self.cancelled.append(i)
        return answer(b"", 204)

    @call("DELETE " + BATCHES + "/{b}/")
    def delete_batch(self, heard: Heard, b: str, **_: str) -> bytes:
        self.cancelled.append(b)
        for one in [one for one in self.images.values() if one.batch == b]:
            del self.images[one.id]
        return answer(b"", 204)


def page(rows: list[dict[str, Any]]) -> bytes:
    """Return a list as all of them are returned."""
    return answer({"count": len(rows), "next": None, "previous": None, "results": rows})


def body_of(name: str) -> Any:
    """Return what is in a golden answer."""
    return json.loads(golden(f"haut/{name}.http").partition(b"\r\n\r\n")[2])


def query(heard: Heard) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(heard.target).query))


def is_opaque(name: str) -> bool:
    """Say whether a name is nothing but an id."""
    return bool(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-\d+)?", name))


if __name__ == "__main__":
    serve(Played)
