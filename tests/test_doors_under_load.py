"""Many programs at once, at each door: nothing fails, is lost, or is told in a log."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import requests

from tests.application import PASSWORD, Application, application
from tests.drawing import jpeg
from tests.providers.haut.served import HEADERS
from tests.providers.naver.signing import UPLOADS, signature
from tests.providers.retouch4me.asking import FLAT
from tests.visiting import Visitor

FEW, MANY = 24, 200
DOORS = ["form", "native", "kokoon", "retouch4me", "haut", "naver"]
OWNER = "load@example.com"
PREPARE = f"""
import json
import time
from imaging.models import ApiToken, User
user = User.objects.get(email="{OWNER}")
made = [ApiToken.objects.issue(user) for _ in range(8)]
print(json.dumps([[token, row.access_key, row.secret_key] for row, token in made]))
"""
# How many pictures and tasks there are, by the names and doors they came by.
COUNT = """
import json
import time
from collections import Counter
from imaging.models import Image, Task
images = Image.objects.values_list("name", flat=True)
names = Counter("-".join(one.split("-")[:2]) for one in images)
doors = Counter(Task.objects.values_list("batch__door", flat=True))
print(json.dumps([names, doors]))
"""


@dataclass(frozen=True)
class Keys:
    token: str
    access: str
    secret: str


@cache
def picture(number: int) -> bytes:
    return jpeg(300, 300, seed=number)


class Crowd:
    """A person's browser and programs, each of which sends one picture at a door."""

    def __init__(self, site: Application) -> None:
        self.site = site
        site.add_person(OWNER)
        printed = site.manage("shell", "-v0", "-c", PREPARE)
        self.keys = [Keys(*one) for one in json.loads(printed)]
        self.browser = Visitor(site)
        self.browser.fill_in("/accounts/login/", login=OWNER, password=PASSWORD)
        self.browser.visit("/upload/")
        # Where files may be put, as programs were told.
        self.addresses: list[str] = []
        self.place = self.settle()

    def key(self, number: int) -> Keys:
        return self.keys[number % len(self.keys)]

    def counted(self) -> Any:
        """Return how many pictures came by each way, and how many tasks."""
        return json.loads(self.site.manage("shell", "-v0", "-c", COUNT))

    def settle(self) -> dict[str, str]:
        """Make what Haut.AI's programs need first: a dataset and a subject."""
        keys = self.keys[0]
        profile = self.json("GET", "/api/v1/auth/profile", keys)["user"]
        company = f"/api/v1/companies/{profile['company_id']}"
        dataset = self.json("POST", f"{company}/datasets", keys, {"name": "load"})
        path = f"{company}/datasets/{dataset['id']}/subjects"
        subject = self.json("POST", path, keys, {"name": "somebody"})
        return {"company": company, "subject": subject["id"]}

    def send(self, method: str, path: str, **how: Any) -> requests.Response:
        url = path if path.startswith("http") else self.site.url + path
        if "X-Signature" in path:
            self.addresses.append(path)
        answer = requests.request(method, url, timeout=300, **how)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer

    def json(self, method: str, path: str, keys: Keys, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {keys.token}"}
        return self.send(method, path, json=body, headers=headers).json()

    def form(self, number: int, name: str, keys: Keys) -> None:
        page = self.browser
        answer = requests.post(
            f"{self.site.url}/upload/file/",
            {"csrfmiddlewaretoken": page.token},
            files={"file": (name, data(number, name))},
            cookies=page.cookies.get_dict(),
            timeout=300,
        )
        assert answer.ok, f"{answer.status_code} {answer.text[:300]}"

    def native(self, number: int, name: str, keys: Keys) -> None:
        headers = {"Authorization": f"Bearer {keys.token}"}
        files = {"file": (name, data(number, name))}
        self.send("POST", "/api/v1/images", files=files, headers=headers)

    def kokoon(self, number: int, name: str, keys: Keys) -> None:
        path = "/kokoon/api/image/sr/v3/image"
        files = {"file": (name, data(number, name))}
        self.send("POST", path, files=files, headers={"Authorization": keys.token})

    def retouch4me(self, number: int, name: str, keys: Keys) -> None:
        parts = {"token": keys.token, "mode": "professional", "payload": FLAT}
        files = {"file": (name, data(number, name))}
        self.send("POST", "/api/v1/retoucher/start", data=parts, files=files)

    def haut(self, number: int, name: str, keys: Keys) -> None:
        company, subject = self.place["company"], self.place["subject"]
        path = f"{company}/subjects/{subject}/signed_upload_url"
        said = self.json("POST", path, keys, {"name": name})
        url = said["upload_url"]["url"]
        self.send("PUT", url, data=data(number, name), headers=HEADERS)
        path = f"{company}/batches/{said['image_batch_id']}/compute"
        headers = {"Authorization": f"Bearer {keys.token}"}
        self.send("POST", path, headers=headers)

    def naver(self, number: int, name: str, keys: Keys) -> None:
        asked = {"assetType": "IMAGE", "assetFileName": name}
        said = self.signed(f"{UPLOADS}/presigned-url", keys, asked)
        self.send("PUT", said["presignedUploadUrl"], data=data(number, name))
        done = self.signed(
            f"{UPLOADS}/complete", keys, {"assetKey": said["assetFileKey"]}
        )
        assert done["uploadStatus"] == "COMPLETED", done

    def signed(self, path: str, keys: Keys, body: Any) -> Any:
        stamp = str(int(time.time() * 1000))
        lines = (f"POST {path}", stamp, keys.access)
        headers = {
            "x-ncp-apigw-timestamp": stamp,
            "x-ncp-iam-access-key": keys.access,
            "x-ncp-apigw-signature-v2": signature(keys.secret, *lines),
        }
        answer = self.send("POST", path, json=body, headers=headers)
        return answer.json()["result"]


def data(number: int, name: str) -> bytes:
    """Return a picture that no other door gets to the byte."""
    return picture(number) + name.partition("-")[0].encode()


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    """The application, but for its engine: hundreds of jobs would be begun there."""
    with application("web", "worker", "watch") as site:
        yield Crowd(site)


@pytest.mark.parametrize("many", [FEW, pytest.param(MANY, marks=pytest.mark.prove)])
def test_all_that_is_sent_at_once_is_kept(
    crowd: Crowd, many: int, proved: Callable[[str], None]
) -> None:
    before = Counter(crowd.counted()[1])
    for door in DOORS:
        act: Callable[..., None] = getattr(crowd, door)
        with ThreadPoolExecutor(many) as pool:
            sent = [
                pool.submit(
                    act, number, f"{door}-{many}-{number}.jpg", crowd.key(number)
                )
                for number in range(many)
            ]
        failed = [str(error) for one in sent if (error := one.exception())]
        assert not failed, f"{door}: {len(failed)} of {many} failed: {failed[:3]}"
    names, doors = crowd.counted()
    kept = {door: names.get(f"{door}-{many}", 0) for door in DOORS}
    assert kept == dict.fromkeys(DOORS, many)
    assert Counter(doors) - before == {"retouch4me": many, "haut": many}
    assert json.loads(crowd.site.manage("check_integrity", "--json"))["ok"]
    told = f"{many} uploads in flight at each of {len(DOORS)} doors"
    proved(f"{told}: {many * len(DOORS)} of {many * len(DOORS)} kept, no refusal.")


def test_no_log_tells_what_opens_something(crowd: Crowd) -> None:
    for door in DOORS:
        getattr(crowd, door)(0, f"{door}-once-0.jpg", crowd.key(0))
    wrong = Keys("dr_a-token-that-never-was", crowd.key(0).access, "another-secret-key")
    for door in DOORS[1:]:
        with pytest.raises(AssertionError, match=r": 4\d\d "):
            getattr(crowd, door)(0, "wrong.jpg", wrong)
    forged = [re.sub("X-Signature=.", "X-Signature=_", one) for one in crowd.addresses]
    assert len(forged) >= 2
    for address in [*crowd.addresses, *forged]:
        # One that was used, or is not ours, is refused, and that is logged.
        requests.put(address, data=b"x", headers=HEADERS, timeout=60)
    logs = "".join(one.read_text() for one in crowd.site.folder.glob("*.log"))
    assert "Forbidden" in logs or "Unauthorized" in logs
    told = [PASSWORD, wrong.token, wrong.secret, *crowd.browser.cookies.values()]
    told += [one for keys in crowd.keys for one in (keys.token, keys.secret)]
    told += [one.rpartition("=")[2] for one in [*crowd.addresses, *forged]]
    assert not [one for one in told if one in logs]
    assert "Traceback" not in logs
