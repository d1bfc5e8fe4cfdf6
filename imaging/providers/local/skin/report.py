"""The report: quality, scores, what failed and why, definitions; values unrounded.

Its words are those in which skin analysis is usually delivered (`main_metric`,
`sub_metrics`, `area_results`, one entry for each algorithm with its own `is_ok`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imaging.providers.base import Facts
from imaging.providers.local.skin.face import Face
from imaging.providers.local.skin.measure import Measure, Reading, Unmeasured
from imaging.providers.local.skin.quality import Issue

VERSION = "skin-1.0"


def report(
    facts: Facts,
    face: Face | None,
    issues: Sequence[Issue],
    entries: Sequence[dict[str, Any]],
    masks: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Put everything together, ready for JSON."""
    return {
        "format": "skin-report",
        "version": VERSION,
        "picture": {"name": facts.name, "width": facts.width, "height": facts.height},
        "quality": {
            "is_ok": not any(issue.blocking for issue in issues),
            "issues": [issue.data() for issue in issues],
        },
        "face": face and placed(face),
        "algorithms": list(entries),
        "masks": list(masks),
    }


def placed(face: Face) -> dict[str, Any]:
    """Return where a face is, in pixels of the picture."""
    return {
        "box": list(face.box),
        "eyes": [list(eye) for eye in face.eyes or ()],
        "millimetres_per_pixel": face.mm,
    }


def measured(measure: Measure, reading: Reading) -> dict[str, Any]:
    """Return the entry of an algorithm that has a score."""
    score = measure.score(reading.raw)
    return described(measure, is_ok=True) | {
        "scale": [0, 100],
        "result": {
            "main_metric": metric(measure, "score", measure.label, score),
            "sub_metrics": [
                metric(measure, "raw", measure.unit, reading.raw),
                *(
                    {
                        "tech_name": f"{measure.key}_{name}",
                        "name": name,
                        "value": value,
                        "widget_type": "category",
                    }
                    for name, value in reading.categories.items()
                ),
            ],
            "area_results": [
                {
                    "area_name": name,
                    "tech_name": f"{measure.key}_{name}",
                    "name": name.replace("_", " "),
                    "value": measure.score(value),
                    "raw": value,
                    "widget_type": "numeric",
                }
                for name, value in reading.areas.items()
            ],
        },
    }


def failed(measure: Measure, why: Unmeasured | Issue) -> dict[str, Any]:
    """Return the entry of an algorithm that has no score, and says why."""
    result = {"error": why.message, "code": why.code}
    return described(measure, is_ok=False) | {"result": result}


def described(measure: Measure, *, is_ok: bool) -> dict[str, Any]:
    return {
        "algorithm_family_tech_name": measure.key,
        "name": str(measure.label),
        "version": measure.version,
        "is_ok": is_ok,
        "unit": str(measure.unit),
        "direction": str(measure.direction),
        "definition": str(measure.definition),
        "source": measure.source,
    }


def metric(measure: Measure, what: str, name: Any, value: float) -> dict[str, Any]:
    return {
        "tech_name": f"{measure.key}_{what}",
        "name": str(name),
        "value": value,
        "widget_type": "numeric",
    }
