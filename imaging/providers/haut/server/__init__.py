"""Haut.AI's own API, answered here: its pages "API for Login", "API for Datasets",
"API for Algorithm Applications", "API for Subjects" and "API for Images".

Every address is good with a slash at its end and without: a redirect would lose bodies.
"""

from collections.abc import Iterator

from django.urls import URLPattern, path, re_path

from imaging.api.serving import View
from imaging.providers.haut.server import (
    auth,
    computing,
    datasets,
    images,
    results,
    subjects,
    third,
)
from imaging.providers.haut.server.door import absent, server

OPERATION = computing.OPERATION
COMPANY = "api/v1/companies/<c>"
THIRD = "api/v3/companies/<c>"
DATASET = f"{COMPANY}/datasets/<d>"
SUBJECT = f"{DATASET}/subjects/<s>"
BATCH = f"{SUBJECT}/batches/<b>"
IMAGE = f"{BATCH}/images/<i>"

by = server.by_method
compute = by(POST=computing.compute)
routes: dict[str, View] = {
    "api/v1/auth/login": by(POST=auth.login),
    "api/v1/login": by(POST=auth.login),
    "api/v1/auth/refresh": by(POST=auth.refresh),
    "api/v1/auth/profile": by(GET=auth.profile),
    "api/v1/auth/private_tokens": by(
        GET=auth.list_private_tokens, POST=auth.create_private_token
    ),
    "api/v1/auth/private_tokens/<number>": by(DELETE=auth.delete_private_token),
    "api/v1/dicts/image_types": by(GET=datasets.list_image_types),
    f"{COMPANY}/applications": by(GET=datasets.list_applications),
    f"{COMPANY}/applications/<application>/attach-to-dataset": by(
        POST=datasets.attach_to_dataset
    ),
    f"{COMPANY}/datasets": by(GET=datasets.list_datasets, POST=datasets.create_dataset),
    DATASET: by(GET=datasets.get_dataset),
    f"{DATASET}/subjects": by(GET=subjects.list_subjects, POST=subjects.create_subject),
    f"{DATASET}/subjects/delete": by(DELETE=subjects.delete_subjects),
    SUBJECT: by(PATCH=subjects.change_subject, DELETE=subjects.delete_subject),
    f"{SUBJECT}/delete_photos": by(POST=subjects.delete_photos),
    f"{SUBJECT}/clear_metadata": by(POST=subjects.clear_metadata),
    f"{COMPANY}/subjects/<s>/signed_upload_url": by(POST=images.signed_upload_url),
    f"{COMPANY}/batches/<b>/compute": compute,
    f"{COMPANY}/subjects/<s>/batches/<b>/compute": compute,
    f"{SUBJECT}/images": by(GET=images.list_images),
    f"{SUBJECT}/batches": by(GET=images.list_batches, POST=images.create_batch),
    BATCH: by(DELETE=images.delete_batch),
    f"{BATCH}/images": by(GET=images.list_images),
    IMAGE: by(GET=images.get_image, DELETE=images.delete_image),
    f"{IMAGE}/aux": by(GET=results.list_aux),
    f"{IMAGE}/results": by(GET=results.list_results),
    f"{THIRD}/subjects/<s>/upload": by(POST=third.upload),
    f"{THIRD}/batches/<b>/compute": compute,
    f"{THIRD}/batches/<b>/results": by(GET=third.list_results),
}


def both() -> Iterator[URLPattern]:
    """Yield every route with a slash at its end and without."""
    for route, view in routes.items():
        yield path(f"{route}/", view)
        yield path(route, view)


urlpatterns = [
    *both(),
    re_path(r"^api/v1/(?:auth|companies|dicts)/", server.open_operation(absent)),
    re_path(r"^api/v3/companies/", server.open_operation(absent)),
]
