"""A mail server that takes every letter and keeps it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SAID = {b"DATA": b"354 Go on\r\n", b"QUIT": b"221 Bye\r\n"}


class Mailbox(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.letters: list[str] = []
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"


class Dialogue(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        """Agree to everything, in the words of SMTP."""
        self.wfile.write(b"220 mailbox\r\n")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            self.wfile.write(SAID.get(verb, b"250 Fine\r\n"))
            if verb == b"DATA":
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.letters.append(b"".join(lines).decode())
                self.wfile.write(b"250 Kept\r\n")
            if verb == b"QUIT":
                return


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
