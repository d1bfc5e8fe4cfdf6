"""What every provider owes, kept by the client of Haut.AI against it played."""

from tests.providers.contract import Contract, Documented
from tests.providers.haut.played import (
    COMPANY,
    DATASET,
    EMAIL,
    PASSWORD,
    TOKEN,
    Played,
)
from tests.providers.playing import Heard, Steps
from tests.providers.vendor import call, golden


def said(name: str) -> bytes:
    return golden(f"haut/{name}.http")


# What is documented for any call, each here at a call where it matters most.
DOCUMENTED = (
    Documented(
        "the token is refused",
        "list_subjects",
        said("unauthorized"),
        "token_refused",
        "does not accept the key",
    ),
    Documented(
        "another company",
        "list_subjects",
        said("forbidden"),
        "permission_denied",
        "may not work in the company",
    ),
    Documented(
        "the dataset is gone",
        "create_subject",
        said("not_found"),
        "not_found",
        "was deleted there",
    ),
    Documented(
        "a name is too long",
        "create_subject",
        said("too_long"),
        "max_length",
        "no more than 512 characters",
    ),
    Documented(
        "no JSON",
        "create_subject",
        said("parse_error"),
        "refused",
        "JSON parse error.",
    ),
    Documented(
        "the subject was deleted",
        "signed_upload_url",
        said("not_found"),
        "gone",
        "was deleted there",
        permanent=False,
    ),
    Documented(
        "a side twice",
        "signed_upload_url",
        said("invalid"),
        "invalid",
        "side_id: A side can be used once in a batch.",
    ),
    Documented(
        "another method",
        "signed_upload_url",
        said("not_allowed"),
        "method_not_allowed",
        "no longer does this",
    ),
    Documented(
        "another type",
        "signed_upload_url",
        said("media_type"),
        "unsupported_media_type",
        "no longer reads",
    ),
    Documented(
        "too many calls",
        "list_subjects",
        said("throttled"),
        "rate_limited",
        "fewer requests",
        permanent=False,
    ),
    Documented(
        "a fault", "compute", said("fault"), "server_error", "a fault", permanent=False
    ),
    Documented(
        "too large",
        "put",
        said("storage_too_large"),
        "upload_refused",
        "more bytes than",
    ),
    Documented(
        "empty", "put", said("storage_too_small"), "upload_refused", "without any bytes"
    ),
    Documented(
        "the address has run out",
        "put",
        said("storage_expired"),
        "upload_refused",
        "had run out",
        permanent=False,
    ),
    Documented(
        "the signature is another",
        "put",
        said("storage_signature"),
        "upload_refused",
        "did not recognise",
        permanent=False,
    ),
    Documented(
        "the place is gone",
        "put",
        said("storage_no_key"),
        "upload_refused",
        "no place",
        permanent=False,
    ),
    Documented(
        "bytes are missing",
        "compute",
        said("not_uploaded"),
        "image_not_uploaded",
        "has not received every picture",
        permanent=False,
    ),
    Documented(
        "the image was deleted",
        "list_results",
        said("not_found"),
        "not_found",
        "was deleted there",
    ),
    Documented(
        "a key that is wrong",
        "applications",
        said("unauthorized"),
        "token_refused",
        "does not accept the key",
    ),
)


class TestHaut(Contract):
    provider = "haut"
    plays = Played
    values = {"TOKEN": TOKEN, "COMPANY": COMPANY, "DATASET": DATASET, "SETTLE": "0"}
    secrets = ("TOKEN",)
    documented = DOCUMENTED
    blocked = ({"width": 255}, {"height": 255, "width": 4000})
    without = {"retention": "a picture stays there until it is deleted"}


class Quiet(Played):
    """It is asked for so much before the first picture that not all may go wrong."""

    @call("GET /api/v1/companies/{c}/applications/")
    def applications(self, heard: Heard, c: str) -> Steps:
        return super().applications(heard, c)


class TestHautByLogin(Contract):
    """The same with a password, in a dataset that is made when it is first needed."""

    provider = "haut"
    plays = Quiet
    values = {"EMAIL": EMAIL, "PASSWORD": PASSWORD, "SETTLE": "0"}
    secrets = ("EMAIL", "PASSWORD")
    acts = ("submit",)
    blocked = ({"width": 255},)
    without = {"retention": "a picture stays there until it is deleted"}
