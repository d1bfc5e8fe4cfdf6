"""Log lines without the addresses that open something to whoever holds them."""

import logging
import re

SECRET = re.compile(
    r"(/(?:s|signed|presigned|invitations|setup|stop|reset/key|confirm-email)/+)"
    r"[^\s/?\"']+"
)
SIGNATURE = re.compile(
    r"([?&](?:X-Amz-\w+|permit|(?:\w+[_-])?(?:signature|token|key))=)[^\s&\"']+", re.I
)


def masked(text: str) -> str:
    """Leave out of a text what opens something: tokens in paths, and signatures."""
    return SIGNATURE.sub(r"\1…", SECRET.sub(r"\1…", text))


class Masked(logging.Filter):
    """Leave out of each line the token in an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001 - what logs amiss goes on; the handler tells
            return True
        if (clean := masked(said)) != said:
            record.msg, record.args = clean, ()
        return True
