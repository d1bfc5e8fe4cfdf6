"""Run every process of the Procfile in one terminal: what `make run` does."""

import os
import signal
import socket
import subprocess  # nosec B404
import sys
from pathlib import Path

from honcho.environ import parse, parse_procfile  # type: ignore[import-untyped]
from honcho.manager import Manager  # type: ignore[import-untyped]
from honcho.printer import Message, Printer  # type: ignore[import-untyped]

CHECKOUT = Path(__file__).resolve().parent.parent


class Terminal(Printer):
    """Print until nobody reads any more, and then ask for the end."""

    gone = False

    def write(self, message: Message) -> None:
        if self.gone:
            return
        try:
            super().write(message)
        except OSError:
            self.gone = True
            signal.raise_signal(signal.SIGTERM)


def main() -> int:
    """Prepare the database and the static files, then run until one process ends."""
    os.chdir(CHECKOUT)
    read_env(Path(".env"))
    os.environ.setdefault("PORT", "8000")
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    if problem := port_problem():
        print(problem, file=sys.stderr)  # noqa: T201
        return 1
    try:
        manage("migrate")
        manage("collectstatic")
    except subprocess.CalledProcessError as failure:
        return failure.returncode
    except KeyboardInterrupt:
        return 130
    return run(Path("Procfile"))


def read_env(path: Path) -> None:
    """Add what the file says to the environment, which has the last word."""
    if path.exists():
        for name, value in parse(path.read_text()).items():
            os.environ.setdefault(name, value)


def port_problem() -> str:
    """Say why nothing can be served on PORT, or nothing."""
    if os.environ.get("BIND"):
        return ""
    port = os.environ["PORT"]
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(port)))
    except (OSError, OverflowError, ValueError) as error:
        why = getattr(error, "strerror", None) or "not a number from 1 to 65535"
        return (
            f"Port {port} on 127.0.0.1 cannot be used: {why}. "
            "End what is using it, or choose another: PORT=8001 make run"
        )
    return ""


def manage(command: str) -> None:
    """Run one of Django's own commands to its end."""
    subprocess.run(  # noqa: S603  # nosec B603
        [sys.executable, "manage.py", command, "--no-input", "--verbosity=0"],
        check=True,
    )


def run(procfile: Path) -> int:
    """Run all processes; when one ends, or a signal comes, end the others."""
    manager = Manager(Terminal(sys.stdout))
    for name, command in parse_procfile(procfile.read_text()).processes.items():
        manager.add_process(name, command)
    # What a shell sends when its window is closed.
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    manager.loop()
    return manager.returncode or 0


if __name__ == "__main__":
    sys.exit(main())
