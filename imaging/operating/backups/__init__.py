"""All rows and files in one folder or tar, and back again on any database and storage.

A backup is `rows/*.jsonl.gz`, a table each, `files/` as the storage has them, the list
`SHA256SUMS` of both (which `sha256sum -c` reads), and last of all `manifest.json`.
Without that it is none: whatever was broken off has none.
"""


class BackupError(Exception):
    """What keeps a backup from being made or restored, in a sentence."""
