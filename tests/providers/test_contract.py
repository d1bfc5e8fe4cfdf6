"""The contract, kept by the two that need no vendor's account: local and laboratory."""

from tests.lab import Lab
from tests.labwork import PLAYED
from tests.providers.contract import Contract, Documented
from tests.providers.playing import answer


class TestLocal(Contract):
    provider = "local"
    operation = "convert"
    options = {"format": "png"}
    without = {
        "blocked": "it converts whatever could be uploaded",
        "retention": "what it makes is stored at once",
    }


class Laboratory(Contract):
    provider = "lab"
    plays = Lab
    folders = (PLAYED,)
    blocked = ({"width": 4001},)
    without = {
        "retention": "the laboratory keeps everything",
        "inquire": "the laboratory has no accounts",
    }


class TestLaboratoryWithKeys(Laboratory):
    options = {"seconds": 0, "promise": "key"}
    documented = (
        Documented(
            "refused",
            "order",
            answer({"message": "Too dark."}, 422),
            "refused",
            "Too dark.",
        ),
        Documented(
            "overloaded",
            "status",
            answer(b"", 503),
            "server_error",
            "a fault of its own",
            permanent=False,
        ),
    )


class TestLaboratoryWithAList(Laboratory):
    acts = ("submit",)
    options = {"seconds": 0, "promise": "list"}
    promise = "list"


class TestLaboratoryWithoutPromise(Laboratory):
    acts = ("submit",)
    options = {"seconds": 0, "promise": "none"}
    promise = ""


class TestAtelier(Laboratory):
    """The laboratory again, entered with a token."""

    provider = "atelier"
    values = {"TOKEN": "the-token-of-the-operator"}
    options = {"seconds": 0}
    retention_days = 3
    without = {}
    documented = (
        Documented(
            "the token is not known",
            "balance",
            answer({"message": "The atelier does not know this token."}, 401),
            "refused",
            "does not know this token",
        ),
    )
