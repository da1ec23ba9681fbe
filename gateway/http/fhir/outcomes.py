"""Answers as FHIR has them: resources with their versions, and an OperationOutcome for whatever is refused."""

# ruff: noqa: ARG001  klein gives them

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from clinic.errors import StoreBusy
from clinic.hospital.forms import encoded
from clinic.hospital.issues import Issue, Rejected
from clinic.hospital.values import etag
from gateway.http.answers import FHIR, Refusal, body, outcome_body

log = logging.getLogger("caredial.http")

CODES: Mapping[int, str] = {401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 429: "throttled"}
"""FHIR's IssueType of what any route may be refused for; `processing` for others."""


def resource_body(request: IRequest, status: int, resource: Mapping[str, Any]) -> bytes:
    """A resource, with its version as ETag."""
    meta = resource.get("meta") or {}
    if resource["resourceType"] != "Bundle" and "versionId" in meta:
        request.setHeader("ETag", etag(meta["versionId"]))
    return body(request, status, FHIR, encoded(resource))


def told(refusal: Refusal) -> Issue:
    return Issue(CODES.get(refusal.status, "processing"), refusal.message)


def line(status: int) -> str:
    """`201 Created`, as an entry of a Bundle has it."""
    return f"{status} {HTTPStatus(status).phrase}"


def answers_outcomes(app: Klein) -> None:
    """Have this app answer with an OperationOutcome whatever its routes raise."""

    @app.handle_errors(Rejected)
    def rejected(self: object, request: IRequest, failure: Failure) -> bytes:
        error: Any = failure.value
        return outcome_body(request, error.status, *error.issues)

    @app.handle_errors(Refusal)
    def refused(self: object, request: IRequest, failure: Failure) -> bytes:
        error: Any = failure.value
        for name, value in error.headers.items():
            request.setHeader(name, value)
        return outcome_body(request, error.status, told(error))

    @app.handle_errors(HTTPException)
    def no_route(self: object, request: IRequest, failure: Failure) -> bytes:
        status = getattr(failure.value, "code", None) or 404
        status = status if status >= 400 else 404
        told_ = "there is nothing at this address for this method; /fhir/metadata says what there is"
        return outcome_body(request, status, Issue(CODES.get(status, "processing"), told_))

    @app.handle_errors(StoreBusy, ConnectionError)
    def busy(self: object, request: IRequest, failure: Failure) -> bytes:
        request.setHeader("Retry-After", "2")
        return outcome_body(request, 503, Issue("transient", "the database is busy or away; try again"))

    @app.handle_errors(Exception)
    def broken(self: object, request: IRequest, failure: Failure) -> bytes:
        log.error("a request broke: %s", failure.getTraceback())
        return outcome_body(request, 500, Issue("exception", "something went wrong here; it has been logged"))
