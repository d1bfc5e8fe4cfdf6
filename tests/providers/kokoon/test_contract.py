"""What every provider owes, kept by Kokoon's client against Kokoon played."""

from tests.providers.contract import Contract, Documented
from tests.providers.kokoon.played import TOKEN, Played, said
from tests.providers.playing import answer


def error(message: str, status: int) -> bytes:
    return answer({"message": message}, status)


class TestKokoon(Contract):
    provider = "kokoon"
    plays = Played
    values = {"TOKEN": TOKEN}
    promise = "list"
    retention_days = 14
    blocked = (
        {"width": 63, "height": 400},
        {"width": 400, "height": 63},
        {"width": 20_000, "height": 200},
    )
    without = {"cancel": "Kokoon publishes no way to end a task"}
    documented = (
        Documented("late", "upload", said("late"), "timeout", "timeout error", False),
        Documented(
            "too large",
            "upload",
            error("file too large", 413),
            "too_large",
            "more bytes than Kokoon takes",
        ),
        Documented(
            "another format",
            "upload",
            error("unsupported format", 415),
            "bad_format",
            "“unsupported format”",
        ),
        Documented(
            "another size",
            "upload",
            error("unsupported resolution", 422),
            "bad_resolution",
            "a picture of this size",
        ),
        Documented(
            "no token",
            "upload",
            said("unauthorized"),
            "unauthorized",
            "does not accept the token",
        ),
        Documented(
            "a property is missing",
            "price",
            said("invalid"),
            "bad_options",
            "must have required property 'use_sr'",
        ),
        Documented(
            "not enough credit",
            "create",
            said("poor"),
            "insufficient_credit",
            "not enough credits",
        ),
        Documented(
            "not enough credit, as a success",
            "create",
            error("insufficient credit", 200),
            "insufficient_credit",
            "not enough credits",
        ),
        Documented(
            "late", "create", said("late"), "outcome_unknown", "timeout error", False
        ),
        Documented(
            "the original is gone",
            "create",
            said("gone"),
            "not_found",
            "does not have this picture",
        ),
        Documented(
            "the task is gone",
            "task",
            said("gone"),
            "not_found",
            "does not have this picture",
        ),
        Documented("late", "task", said("late"), "timeout", "timeout error", False),
        Documented(
            "no token",
            "balance",
            said("unauthorized"),
            "unauthorized",
            "does not accept the token",
        ),
    )
