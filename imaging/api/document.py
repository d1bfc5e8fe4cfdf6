"""The API described for programs: OpenAPI 3.1, with every error it may answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

# What every operation may answer: those that need a token, those that take anything.
OF_CALLERS = (401, 403, 429)
OF_INPUT = (400, 404, 422)
PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "What is wrong (RFC 9457).",
    "required": ["type", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer", "description": "The HTTP status."},
        "code": {"type": "string", "description": "What is wrong, for programs."},
        "detail": {"type": "string", "description": "What is wrong, for people."},
        "errors": {
            "type": "array",
            "description": "What is invalid, and where.",
            "items": {
                "type": "object",
                "properties": {
                    "where": {"type": "string"},
                    "what": {"type": "string"},
                },
            },
        },
    },
}


class Document(OpenAPISchema):
    """The document, with errors, scopes and HEAD as they are."""

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details = super().operation_details(operation)
        errors = {status for status in details["responses"] if int(status) >= 400}
        if operation.auth_callbacks:
            errors |= set(OF_CALLERS)
        if details["parameters"] or "requestBody" in details:
            errors |= set(OF_INPUT)
        if "requestBody" in details:
            errors.add(413)
        self.schemas["Problem"] = PROBLEM_SCHEMA
        told = details["responses"] | {status: problem(status) for status in errors}
        details["responses"] = {str(status): told[status] for status in sorted(told)}
        if scopes := scopes_of(operation):
            said = f"Needs a token with the scope `{scopes[0]}`."
            text = details.get("description", "")
            details["description"] = f"{text}\n\n{said}".strip()
        return details

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        asked = super().operation_security(operation)
        return [{name: scopes_of(operation) for name in one} for one in asked or []]

    def methods(self, operations: list[Operation]) -> dict[str, Any]:
        """Describe each method; one that answers HEAD, too, has an id for each."""
        told = super().methods(operations)
        if head := told.get("head"):
            named = {"operationId": f"{head['operationId']}_head"}
            answers = {
                status: {name: one for name, one in answer.items() if name != "content"}
                for status, answer in head["responses"].items()
            }
            told["head"] = {**head, **named, "responses": answers}
        return told


def scopes_of(operation: Operation) -> list[str]:
    """Return the scopes that a token must have for an operation."""
    asked = (getattr(one, "scope", "") for one in operation.auth_callbacks)
    return [scope for scope in asked if scope]


def problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": schema}},
    }
