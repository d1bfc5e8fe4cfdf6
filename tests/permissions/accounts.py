"""The pages of one's own account, as allauth has them; their methods are its own."""

from tests.permissions import row

BOTH, FREE = "GET person, POST person", "GET anyone, POST anyone"

ROWS = {
    "accounts/login/": row(FREE),
    "accounts/login/code/confirm/": row(BOTH),
    "accounts/logout/": row("GET person"),
    "accounts/inactive/": row("GET anyone"),
    "accounts/signup/": row("GET anyone"),
    "accounts/reauthenticate/": row(BOTH),
    "accounts/email/": row(BOTH),
    "accounts/confirm-email/": row("GET anyone"),
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": row(
        "GET anyone", address="=/accounts/confirm-email/unknown/"
    ),
    "accounts/password/change/": row(BOTH),
    "accounts/password/set/": row(BOTH),
    "accounts/password/reset/": row(FREE),
    "accounts/password/reset/done/": row("GET anyone"),
    "accounts/password/reset/key/done/": row("GET anyone"),
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": row(
        FREE, address="=/accounts/password/reset/key/1-unknown/"
    ),
    "accounts/2fa/": row("GET person"),
    "accounts/2fa/authenticate/": row(BOTH),
    "accounts/2fa/reauthenticate/": row(BOTH),
    "accounts/2fa/totp/activate/": row(BOTH),
    "accounts/2fa/recovery-codes/generate/": row(BOTH),
    # There are none of these for somebody without a second step.
    "accounts/2fa/totp/deactivate/": row("GET nobody, POST nobody"),
    "accounts/2fa/recovery-codes/": row("GET nobody"),
    "accounts/2fa/recovery-codes/download/": row("GET nobody"),
}
