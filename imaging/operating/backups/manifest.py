"""What a backup says of itself, written last: without it there is no backup."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from imaging.operating.backups import BackupError

FORMAT = 1
NAME = "manifest.json"
SUMS = "SHA256SUMS"
# The ids of blobs whose last picture was deleted while their files were read.
DELETED = "deleted.txt"
OURS = {SUMS, NAME}
# A manifest names some dozens of tables and migrations.
MOST = 1 << 24
LEFT_OUT = (
    "ENCRYPTION_KEYS: without them providers' keys, second factors and the addresses "
    "of share links cannot be read by anybody. They are in the environment, or in "
    "the file .encryption_keys of the data folder. Keep them, apart from the backup.",
    "SECRET_KEY: with another one everybody signs in again, and addresses that were "
    "signed end. It is in the environment, or in .secret_key of the data folder.",
    "The rest of the environment (.env), and what lies in the folder of models.",
    "Sessions, caches, counters of calls, heartbeats and messages in queues: open "
    "tasks are woken again without them.",
    "Uploads that have only begun, and copies made for guests: both are made again.",
)


@dataclass
class Manifest:
    made: str
    darkroom: str
    database: str
    migrations: list[list[str]]
    # name of the table's model -> number of its rows
    tables: dict[str, int]
    files: int
    bytes: int
    # SHA-256 of the list of digests
    sums: str
    # What should have been there when the backup was made, and was not, or not whole.
    damaged: int = 0
    deleted: int = 0
    format: int = FORMAT
    left_out: list[str] = field(default_factory=lambda: list(LEFT_OUT))

    def text(self) -> str:
        inner = asdict(self)
        whole = {"manifest": inner, "sha256": digest(inner)}
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def read(data: bytes) -> Manifest:
    """Raises BackupError where this is no manifest of ours, or not as it was."""
    try:
        whole = json.loads(data)
        inner = whole["manifest"]
        if inner["format"] > FORMAT:
            raise BackupError(
                f"This backup has format {inner['format']}; this Darkroom reads up "
                f"to {FORMAT}. Restore it with the newer one that made it."
            )
        if digest(inner) != whole["sha256"]:
            raise BackupError("The manifest of this backup has been changed.")
        return Manifest(**inner)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BackupError("The manifest of this backup is damaged.") from error


def digest(inner: dict[str, Any]) -> str:
    text = json.dumps(inner, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
