"""A primary key for every table, secrets in the database, and tokens."""

import hashlib
import secrets
import uuid
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


class UUIDModel(models.Model):
    """A row whose id tells nothing and may stand in an address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


@lru_cache(maxsize=1)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database with the first of ENCRYPTION_KEYS.

    The other keys still open what they sealed, so keys can be rotated.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        if not text:
            return text
        return self._box().encrypt(text.encode()).decode()

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return self._box().decrypt(value.encode()).decode() if value else value

    @staticmethod
    def _box() -> MultiFernet:
        return _fernet(tuple(settings.ENCRYPTION_KEYS))


def new_token(prefix: str = "") -> str:
    """Return a token of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """Return the SHA-256 under which a token is kept; the token itself is not."""
    return hashlib.sha256(token.encode()).hexdigest()
