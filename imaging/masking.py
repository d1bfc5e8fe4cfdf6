"""Log lines without the addresses that open something to whoever holds them."""

import logging
import re

SECRET = re.compile(r"(/(?:s|signed|presigned|invitations|setup|stop)/+)[^\s/?\"']+")


class Masked(logging.Filter):
    """Leave out of each line the token in an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if (masked := SECRET.sub(r"\1…", said)) != said:
            record.msg, record.args = masked, ()
        return True
