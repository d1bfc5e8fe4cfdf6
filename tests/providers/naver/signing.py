"""A program that signs its calls as Naver's page says, by arithmetic of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from imaging.models import ApiToken, Scope, User

UPLOADS = "/api/v1/query-assets/uploads"
WORKSPACES = "/api/v1/workspaces"
UNAUTHORISED = {
    "error": {
        "errorCode": "200",
        "message": "Authentication Failed",
        "details": "Invalid authentication information.",
    }
}
INVALID = (400, {"code": "10001", "message": "Invalid Request.", "result": None})
ABSENT = (404, {"code": "10404", "message": "Not Found.", "result": None})


def signature(secret: str, *lines: str) -> str:
    digest = hmac.digest(secret.encode(), "\n".join(lines).encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


def code(answer: HttpResponse) -> tuple[int, list[str]]:
    """Return status and code of what a store says in its XML."""
    return answer.status_code, re.findall(r"<Code>(\w+)</Code>", answer.text)


class Program:
    """Calls with the key pair of a token of its own; `late` is what its clock is."""

    def __init__(self, user: User, *scopes: str) -> None:
        self.token, _ = ApiToken.objects.issue(user, scopes=scopes or Scope.values)
        self.late = 0.0

    def headers(self, method: str, target: str) -> dict[str, str]:
        stamp = str(int((time.time() - self.late) * 1000))
        access = self.token.access_key
        return {
            "x-ncp-apigw-timestamp": stamp,
            "x-ncp-iam-access-key": access,
            "x-ncp-apigw-signature-v2": signature(
                self.token.secret_key, f"{method} {target}", stamp, access
            ),
        }

    def ask(
        self, method: str, target: str, body: Any = None, **changes: str
    ) -> HttpResponse:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        if method == "GET":
            data = ""
        headers = self.headers(method, target) | changes
        return Client().generic(
            method,
            target,
            data,
            content_type="application/json",
            headers=headers,
            # What the web server passes on of the request line.
            RAW_URI=target,
        )

    def post(self, target: str, body: Any) -> tuple[int, Any]:
        answer = self.ask("POST", target, body)
        return answer.status_code, answer.json()

    def get(self, target: str) -> tuple[int, Any]:
        answer = self.ask("GET", target)
        return answer.status_code, answer.json()

    def address(self, name: str) -> tuple[str, str]:
        """Ask for an address; return the key, and path and query to put to."""
        asked = {"assetType": "IMAGE", "assetFileName": name}
        status, said = self.post(f"{UPLOADS}/presigned-url", asked)
        assert status == 200, said
        url = urlsplit(said["result"]["presignedUploadUrl"])
        return said["result"]["assetFileKey"], f"{url.path}?{url.query}"

    def put(self, target: str, data: bytes) -> HttpResponse:
        return Client().put(target, data, "application/octet-stream")

    def complete(self, key: str) -> tuple[str, str, str | None]:
        """Ask what became of an upload; return key, status and message."""
        status, said = self.post(f"{UPLOADS}/complete", {"assetKey": key})
        assert (status, said["code"], said["message"]) == (200, "0", "success")
        assert list(said["result"]) == ["assetKey", "uploadStatus", "uploadMessage"]
        return tuple(said["result"].values())

    def sent(self, name: str, data: bytes) -> str:
        """Upload a file; return the key that it was issued with."""
        key, target = self.address(name)
        assert self.put(target, data).status_code == 200
        return key
