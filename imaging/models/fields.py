"""A primary key for every table, names as they are searched, secrets, and tokens."""

import hashlib
import secrets
import unicodedata
import uuid
from typing import Any

from django.db import models

from imaging.sealing import seal, unseal


class UUIDModel(models.Model):
    """A row whose id tells nothing and may stand in an address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


def fold(text: str) -> str:
    """Return text as it is searched: without case, width and accents.

    Both databases fold A to a only, or each in its own way, so it is done here.
    """
    apart = unicodedata.normalize(
        "NFKD", unicodedata.normalize("NFKC", text).casefold()
    )
    # The accents of Latin, Greek and Cyrillic; other scripts' signs carry the word.
    bare = "".join(char for char in apart if not "\u0300" <= char <= "\u036f")
    return unicodedata.normalize("NFKC", bare)


class FoldedField(models.CharField):
    """Another field's text, folded, kept right whenever its row is saved."""

    def __init__(self, *args: Any, of: str, **options: Any) -> None:
        self.of = of
        options = {"max_length": 450, "editable": False, "default": "", **options}
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = fold(getattr(model_instance, self.of))[: self.max_length]
        setattr(model_instance, self.attname, text)
        return text


class EncryptedTextField(models.TextField):
    """Text that is sealed in the database."""

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return seal(text) if text else text

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return unseal(value) if value else value


def new_token(prefix: str = "") -> str:
    """Return a token of 256 random bits."""
    return prefix + secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """Return the SHA-256 under which a token is kept; the token itself is not."""
    return hashlib.sha256(token.encode()).hexdigest()
