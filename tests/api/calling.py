"""How tests call as programs do: with a token, over the test client."""

from typing import Any

from django.test import Client

from imaging.models import ApiToken, Scope, User


def a_token(user: User, *scopes: str, **fields: Any) -> str:
    """Make a token for this person; with every scope unless some are named."""
    return ApiToken.objects.issue(user, scopes=scopes or Scope.values, **fields)[1]


def with_token(user: User, *scopes: str) -> Client:
    """Return a program that shows a token of this person with each call."""
    return Client(headers={"authorization": f"Bearer {a_token(user, *scopes)}"})
