"""The dataset and the subject: found, made once, and made again when deleted."""

import uuid

import pytest
from django.core.cache import cache

from imaging.failures import ProviderError
from imaging.providers.base import Person
from imaging.providers.haut import places
from imaging.providers.haut.api import Api
from tests.providers.haut.entering import KEYS, account, haut_fixture  # noqa: F401
from tests.providers.haut.played import DATASET, Played, query
from tests.providers.playing import HANG_UP, answer
from tests.providers.vendor import after, instead

pytestmark = pytest.mark.both
ANNA = Person(str(uuid.uuid4()), "Anna Karenina")


def test_a_dataset_is_made_once_for_selfies_and_computes(haut: Played) -> None:
    for _ in range(2):
        cache.clear()
        assert places.dataset(Api(account(haut))) == DATASET
    assert haut.datasets == {DATASET: "Darkroom"}
    assert haut.attached == ["face_skin_metrics_2.0"]


def test_a_dataset_that_was_cut_off_in_its_making_is_finished(haut: Played) -> None:
    haut.datasets[DATASET] = "Darkroom"
    assert places.dataset(Api(account(haut))) == DATASET
    assert haut.attached == ["face_skin_metrics_2.0"]


def test_the_dataset_that_was_entered_is_taken_unasked(haut: Played) -> None:
    api = Api(account(haut, {**KEYS, "dataset": "mine"}))
    assert places.dataset(api) == "mine"
    assert not haut.heard


def test_what_an_application_needs_is_attached_first(haut: Played) -> None:
    api = Api(account(haut, {**KEYS, "application": "face_analysis"}))
    places.dataset(api)
    assert haut.attached == ["face_skin_metrics_2.0", "face_analysis"]


def test_an_application_that_is_no_name_is_refused_in_a_sentence(haut: Played) -> None:
    api = Api(account(haut, {**KEYS, "application": "Face Skin Metrics 2.0"}))
    with pytest.raises(ProviderError, match="is no name of an application") as raised:
        places.dataset(api)
    assert raised.value.permanent
    assert raised.value.hint
    assert not haut.datasets


def test_several_unknown_applications_are_a_question(haut: Played) -> None:
    rows = [{"tech_name": "hair"}, {"tech_name": "teeth"}]
    haut.spoil("applications", instead(answer({"results": rows})))
    with pytest.raises(ProviderError, match=r"hair, teeth") as raised:
        places.dataset(Api(account(haut)))
    assert raised.value.hint
    assert not haut.datasets


def test_a_person_is_one_subject_named_by_an_id(haut: Played) -> None:
    api = Api(account(haut))
    first = places.subject(api, DATASET, ANNA)
    assert places.subject(api, DATASET, ANNA) == first
    # Somebody has emptied the cache: the vendor knows.
    cache.clear()
    assert places.subject(Api(account(haut)), DATASET, ANNA) == first
    assert haut.subjects == {first: ANNA.id}
    assert [query(one)["q"] for one in haut.asked["list_subjects"]] == [ANNA.id] * 2


def test_of_two_subjects_of_one_name_the_older_is_taken(haut: Played) -> None:
    rows = [
        {"id": "b", "name": ANNA.id, "creation_time": "2026-02-01T00:00:00Z"},
        {"id": "c", "name": ANNA.id, "creation_time": "2026-01-01T00:00:00Z"},
        {"id": "a", "name": f"{ANNA.id} too", "creation_time": "2025-01-01T00:00:00Z"},
    ]
    haut.spoil("list_subjects", instead(answer({"results": rows})))
    assert places.subject(Api(account(haut)), DATASET, ANNA) == "c"


def test_a_subject_on_a_later_page_is_found(haut: Played) -> None:
    following = f"{haut.url}/next"
    haut.spoil(
        "list_subjects",
        instead(answer({"results": [{"id": "x", "name": "x"}], "next": following})),
        instead(answer({"results": [{"id": "y", "name": ANNA.id}], "next": None})),
    )
    assert places.subject(Api(account(haut)), DATASET, ANNA) == "y"
    assert query(haut.asked["list_subjects"][1])["page"] == "2"


def test_a_subject_whose_making_was_not_answered_is_not_made_twice(
    haut: Played,
) -> None:
    api = Api(account(haut))
    haut.spoil("create_subject", after([HANG_UP]))
    with pytest.raises(ProviderError):
        places.subject(api, DATASET, ANNA)
    assert places.subject(api, DATASET, ANNA) in haut.subjects
    assert len(haut.subjects) == 1
