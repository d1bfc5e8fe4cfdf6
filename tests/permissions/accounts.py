"""The pages of one's own account, as allauth has them."""

from tests.permissions import row

ROWS = {"accounts/**": row("GET person")}
