"""Where pictures go at Haut.AI: the dataset, and one subject for each person.

The vendor is the memory: a dataset is known by its name, a subject by the opaque id of
a person here, which is all that is told of them. The cache spares asking again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from imaging.failures import ProviderError
from imaging.providers.base import Person
from imaging.providers.haut import paths, wire
from imaging.providers.haut.api import Api
from imaging.providers.haut.refusals import MissingApplications
from imaging.providers.haut.shared import Shared

DATASET = "Darkroom"
# What computes in a dataset of ours, where the account names nothing else.
APPLICATION = "face_skin_metrics_2.0"
KEPT = 24 * 3_600


def dataset(api: Api) -> str:
    """Return the account's dataset: the one entered, else ours, made if need be."""
    if named := api.account.values.get("dataset"):
        return named
    memory = Shared(api.account.id, api.account.url, api.company)

    def make() -> str:
        found = our_dataset(api)
        memory.set("dataset", found, KEPT)
        return found

    return memory.made(lambda: memory.get("dataset"), make)


def forget_dataset(api: Api) -> None:
    """Ask the vendor next time: what we remembered was deleted there."""
    Shared(api.account.id, api.account.url, api.company).drop("dataset")


def our_dataset(api: Api) -> str:
    """Find or make our dataset for selfies, and let an application compute in it."""
    found = oldest(api.datasets(), DATASET)
    # A dataset in which nothing computes is one whose making was cut off.
    if found and api.dataset(found).get("connected_applications") != []:
        return found
    chosen = application(api)
    made = found or api.create_dataset(DATASET, selfie(api))
    attach(api, made, chosen)
    return made


def selfie(api: Api) -> int | None:
    """Return the vendor's number of the image type, where its dictionary has it."""
    for one in api.image_types():
        if one.get("tech_name") == wire.SELFIE and isinstance(one.get("id"), int):
            return int(one["id"])
    return None


def application(api: Api) -> str:
    """Return what shall compute: as entered, the usual one, or the only one."""
    if named := api.account.values.get("application"):
        if not paths.is_name(named):
            raise ProviderError(
                _("“%s” is no name of an application at Haut.AI.") % named,
                "no_application",
                permanent=True,
                hint=_("Enter it as in face_skin_metrics_2.0, without blanks."),
            )
        return named
    rows = [one for one in api.applications() if one.get("is_enabled", True)]
    names = [str(one.get("tech_name") or "") for one in rows]
    names = [one for one in names if paths.is_name(one)]
    if APPLICATION in names:
        return APPLICATION
    if len(names) == 1:
        return names[0]
    raise ProviderError(
        _("Haut.AI offers this account several analyses, and none is chosen: %s.")
        % (", ".join(names) or "—"),
        "no_application",
        permanent=True,
        hint=_("Enter an application, or a dataset that has one, in the account."),
    )


def attach(api: Api, dataset: str, name: str) -> None:
    """Attach an application, after those that the vendor says it needs."""
    try:
        api.attach(dataset, name)
    except MissingApplications as error:
        for one in error.names:
            api.attach(dataset, one)
        api.attach(dataset, name)


def subject(api: Api, dataset: str, person: Person) -> str:
    """Return the subject of this person, always the same one, made if need be."""
    memory = subject_memory(api, dataset, person)

    def make() -> str:
        rows = api.subjects(dataset, q=person.id, page_size="1000")
        found = oldest(rows, person.id) or api.create_subject(dataset, person.id)
        memory.set("subject", found, KEPT)
        return found

    return memory.made(lambda: memory.get("subject"), make)


def forget_subject(api: Api, dataset: str, person: Person) -> None:
    """Ask the vendor next time: what we remembered was deleted there."""
    subject_memory(api, dataset, person).drop("subject")


def subject_memory(api: Api, dataset: str, person: Person) -> Shared:
    return Shared(api.account.id, api.account.url, dataset, person.id)


def oldest(rows: Iterable[dict[str, Any]], name: str) -> str | None:
    """Return the first that was made under this name: names need not be unique."""
    same = [one for one in rows if one.get("name") == name and one.get("id")]
    same.sort(key=lambda one: (str(one.get("creation_time") or "~"), str(one["id"])))
    return str(same[0]["id"]) if same else None
