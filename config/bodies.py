"""Bodies of requests as they are read from a socket: large pieces, copied once."""

import socket
import ssl
from typing import Any

from gunicorn.http.body import Body, LengthReader  # type: ignore[import-untyped]

# How much is read at once, as the application does: more is no faster, and each of
# hundreds of clients that send at once has so much of our memory.
PIECE = 1 << 19

in_general = Body.read


def read_straight() -> None:
    """Have gunicorn read bodies of a known length as here.

    It copies each of their bytes four times, into memory that is new to the processor
    each time: that costs as much as writing them to a disk.
    """
    LengthReader.read = read_length
    Body.read = read_body


def read_body(body: Any, size: int | None = None) -> bytes:
    """Read as a file is read; whoever asks for a piece gets it as it has come."""
    if size and 0 < size <= PIECE and not body.buf.tell():
        return bytes(body._read_reader(size))
    return bytes(in_general(body, size))


def read_length(reader: Any, size: int) -> bytes:
    """Read so much of what is left, less only where the client has gone.

    The kernel waits for all of it. It says what it has when a client is too slow, and
    fails when there is nothing at all for as long as a client may be silent.
    """
    size = min(size, reader.length)
    data = reader.unreader.take_buffered()
    if len(data) > size:
        reader.unreader.unread(data[size:])
        data = data[:size]
    line = reader.unreader.sock
    whole = 0 if isinstance(line, ssl.SSLSocket) else socket.MSG_WAITALL
    while len(data) < size and (more := line.recv(size - len(data), whole)):
        data = data + more if data else more
    reader.length -= len(data)
    return bytes(data)
