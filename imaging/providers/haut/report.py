"""The vendor's answers as a report: one entry for each algorithm, values untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from imaging.providers.base import Facts

FORMAT = "skin-report"


def report(
    facts: Facts,
    side: str,
    image: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    masks: Sequence[Mapping[str, Any]],
    missed: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Put everything together, ready for JSON.

    `image` is the vendor's record of the picture, `results` its array; `missed` are
    auxiliary pictures that could not be brought here.
    """
    issues = issues_of(image)
    used = dict.fromkeys(str(one.get("application_name") or "") for one in results)
    return {
        "format": FORMAT,
        "version": ", ".join(filter(None, used)),
        "picture": {
            "name": facts.name,
            "width": facts.width,
            "height": facts.height,
            "side": side,
        },
        "quality": {
            "is_ok": not issues,
            "score": image.get("quality_score"),
            "feedback": image.get("quality_feedback"),
            "result": image.get("quality_result"),
            "issues": issues,
        },
        "algorithms": [entry(one) for one in results],
        "masks": list(masks),
        "missed": list(missed),
        "provider": {
            key: image[key] for key in ("id", "image_batch_id") if image.get(key)
        },
    }


def issues_of(image: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the vendor has noticed on a picture, each thing once."""
    said = [*listed(image.get("problems")), *listed(image.get("quality_issues"))]
    return [
        {"code": "", "severity": "warning", "message": one}
        for one in dict.fromkeys(said)
    ]


def listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def entry(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return one entry: the vendor's object, and what a page shows of it."""
    said = result.get("result")
    main = said.get("main_metric") if isinstance(said, dict) else None
    family = str(result.get("algorithm_family_tech_name") or "")
    named = main.get("name") if isinstance(main, dict) else ""
    return {
        "name": str(named or family.replace("_", " ").capitalize()),
        "version": str(result.get("algorithm_version_id") or ""),
        "definition": str(result.get("application_description") or ""),
        "source": str(result.get("application_name") or ""),
        **result,
    }
