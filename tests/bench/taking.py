"""A client that takes files as fast as they come, and says how fast that was.

As a module it takes one again and again: PORT PATH COOKIE.
"""

import http.client
import socket
import subprocess
import sys
import time
from typing import IO

from tests.services import ROOT

BLOCK = 1 << 18
# Of many small files: how many take them, each over so many connections, how long.
CLIENTS, LINES, SECONDS = 2, 4, 2.0


def get(port: int, path: str, cookie: str = "", part: str = "") -> float:
    """Return how many seconds it takes to be handed this, whole or in part."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": cookie} | ({"Range": part} if part else {})
    began = time.monotonic()
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    assert answer.status == (206 if part else 200), (path, answer.status)
    drain(answer)
    took = time.monotonic() - began
    line.close()
    return took


def drain(source: IO[bytes] | http.client.HTTPResponse) -> None:
    block = bytearray(BLOCK)
    while source.readinto(block):  # type: ignore[union-attr]
        pass


def rate(port: int, path: str, cookie: str = "") -> float:
    """Return how often in a second some clients are handed a small file."""
    command = [sys.executable, "-m", __name__, str(port), path, cookie]
    clients = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(CLIENTS)
    ]
    said = [client.communicate()[0] for client in clients]
    assert not any(client.returncode for client in clients), said
    return sum(map(float, said))


def again_and_again(port: int, path: str, cookie: str) -> float:
    """Take a file over some connections at once; return how often in a second."""
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(LINES)]
    text = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    asked = text.encode()
    block, count, began = bytearray(BLOCK), 0, time.monotonic()
    while (spent := time.monotonic() - began) < SECONDS:
        for line in lines:
            line.sendall(asked)
        for line in lines:
            take(line, block)
            count += 1
    return count / spent


def take(line: socket.socket, block: bytearray) -> None:
    """Take one answer, of the length that it says."""
    got = line.recv_into(block)
    end = block.find(b"\r\n\r\n", 0, got)
    head = bytes(block[:end]).lower()
    assert head.startswith(b"http/1.1 200"), head
    left = int(head.partition(b"content-length: ")[2].split()[0]) - (got - end - 4)
    while left:
        got = line.recv_into(block)
        assert got, "It ended too early."
        left -= got


if __name__ == "__main__":
    sys.stdout.write(str(again_and_again(int(sys.argv[1]), *sys.argv[2:])))
