"""What the tests of Kokoon's door share: a program with a token, on a socket."""

import pytest
from pytest_django.live_server_helper import LiveServer

from imaging.models import User
from tests.api.calling import a_token
from tests.providers.kokoon.calling import Program


@pytest.fixture
def program(live_server: LiveServer, bob: User) -> Program:
    """A program that Bob has given a token."""
    return Program(live_server.url, a_token(bob))


@pytest.fixture
def stranger(live_server: LiveServer, charlie: User) -> Program:
    """A program of somebody else."""
    return Program(live_server.url, a_token(charlie))
