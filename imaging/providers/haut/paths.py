"""Haut.AI's addresses on the wire, under its host; all of them end in a slash.

Follows the same pages as `wire`. What they do not show is told by open clients of the
service, or is what our client and server agree on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

API, V3 = "/api/v1", "/api/v3"

LOGIN = f"{API}/auth/login/"
REFRESH = f"{API}/auth/refresh/"
PROFILE = f"{API}/auth/profile/"
PRIVATE_TOKENS = f"{API}/auth/private_tokens/"
IMAGE_TYPES = f"{API}/dicts/image_types/"


def company(company_id: str) -> str:
    return f"{API}/companies/{company_id}"


def datasets(company_id: str) -> str:
    return f"{company(company_id)}/datasets/"


def applications(company_id: str) -> str:
    return f"{company(company_id)}/applications/"


def is_name(tech_name: str) -> bool:
    """Say whether an application can be named so."""
    return bool(re.fullmatch(r"[\w.]+", tech_name, re.ASCII))


def attach(company_id: str, tech_name: str) -> str:
    if not is_name(tech_name):
        raise ValueError(f"{tech_name} is no name of an application")
    return f"{applications(company_id)}{tech_name}/attach-to-dataset/"


def subjects(company_id: str, dataset_id: str) -> str:
    return f"{datasets(company_id)}{dataset_id}/subjects/"


def signed_upload(company_id: str, subject_id: str) -> str:
    """The dataset is not part of this one."""
    return f"{company(company_id)}/subjects/{subject_id}/signed_upload_url/"


def compute(company_id: str, batch_id: str) -> str:
    return f"{company(company_id)}/batches/{batch_id}/compute/"


def upload_v3(company_id: str, subject_id: str) -> str:
    return f"{V3}/companies/{company_id}/subjects/{subject_id}/upload/"


def compute_v3(company_id: str, batch_id: str) -> str:
    return f"{V3}/companies/{company_id}/batches/{batch_id}/compute/"


def results_v3(company_id: str, batch_id: str) -> str:
    return f"{V3}/companies/{company_id}/batches/{batch_id}/results/"


def query(path: str, **values: str | int) -> str:
    return f"{path}?{urlencode(values)}" if values else path


@dataclass(frozen=True)
class Where:
    """The place of one batch in the vendor's hierarchy."""

    company: str
    dataset: str
    subject: str
    batch: str = ""

    @property
    def subject_path(self) -> str:
        return f"{subjects(self.company, self.dataset)}{self.subject}/"

    @property
    def subject_images(self) -> str:
        return f"{self.subject_path}images/"

    @property
    def batches(self) -> str:
        return f"{self.subject_path}batches/"

    @property
    def batch_path(self) -> str:
        return f"{self.batches}{self.batch}/"

    @property
    def batch_images(self) -> str:
        return f"{self.batch_path}images/"

    def image(self, image_id: str, part: str = "") -> str:
        """Return the address of an image, or of its `aux` or `results`."""
        return f"{self.batch_images}{image_id}/" + (f"{part}/" if part else "")
