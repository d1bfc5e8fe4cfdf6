"""Retouch4me keeps the contract, as one picture and in layers."""

from tests.providers.contract import Contract, Documented
from tests.providers.playing import answer
from tests.providers.retouch4me.played import TOKEN, Played, layer, packed
from tests.providers.vendor import golden, instead

STATE = {"status": 200, "progress": 40}


def said(
    name: str, call: str, file: str, code: str, says: str, *, permanent: bool = True
) -> Documented:
    reply = golden(f"retouch4me/{file}.http")
    return Documented(name, call, reply, code, says, permanent)


TOKEN_GONE = "does not accept the token"


class TestRetouch(Contract):
    provider = "retouch4me"
    plays = Played
    values = {"TOKEN": TOKEN}
    retention_days = 1
    without = {
        "cancel": "no call to cancel is documented",
        "blocked": "whatever is too large is sent as a copy that is not",
    }
    documented = (
        said("no file", "start", "no-file", "no_file", "no file arrived"),
        said("the account service", "start", "token-issue", "token", TOKEN_GONE),
        said("token is over", "start", "token-over", "token", TOKEN_GONE),
        said("token not found", "start", "token-not-found", "token", TOKEN_GONE),
        said("no quota", "start", "limit-reached", "quota", "limit for this account"),
        said("bad task", "start", "invalid-task", "bad_task", "unknown plugin 'Nope'"),
        said("bad request", "start", "bad-parameters", "refused", "Invalid parameters"),
        said(
            "a fault",
            "start",
            "server-fault",
            "outcome_unknown",
            "a fault of its own",
            permanent=False,
        ),
        said("it failed", "status", "failed", "failed", "Cannot decode image"),
        said(
            "not there yet",
            "status",
            "unknown-job",
            "not_ready",
            "not have it ready",
            permanent=False,
        ),
        said(
            "a fault",
            "status",
            "server-fault",
            "server_error",
            "a fault of its own",
            permanent=False,
        ),
        said(
            "not saved yet",
            "get_file",
            "unknown-job",
            "not_ready",
            "not have it ready",
            permanent=False,
        ),
        said(
            "a fault",
            "get_file",
            "server-fault",
            "server_error",
            "a fault of its own",
            permanent=False,
        ),
        said("token is over", "balance", "token-over", "token", TOKEN_GONE),
        said("no token", "balance", "token-not-found", "token", TOKEN_GONE),
    )
    extra = {
        "start": {
            "names no job": instead(answer({"status": 200, "retouchQuota": 9})),
            "names a path": instead(answer({"status": 200, "id": "../../admin"})),
        },
        "status": {
            "dreams": instead(answer({**STATE, "state": "dreaming"})),
            "tries again": instead(answer({**STATE, "state": "delayed"})),
            "says 100": instead(answer({**STATE, "state": "active", "progress": 100})),
            "says no state": instead(answer(STATE)),
            "counts to a word": instead(
                answer({**STATE, "state": "active", "progress": "many"})
            ),
        },
        "get_file": {
            "packs a text": instead(answer(packed({"notes.txt": b"none"}))),
            "packs too much": instead(answer(packed({"../a.png": layer((9, 9), 5)}))),
        },
    }


class TestLayers(TestRetouch):
    options = {"result": "layers"}
    acts = ("fetch",)
    documented = ()
