"""Answers: JSON, FHIR and HTML with their headers, and the refusals that every route may raise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from twisted.web.iweb import IRequest

from clinic.hospital.forms import encoded
from clinic.hospital.issues import Issue, outcome

FHIR = "application/fhir+json"

# On every answer; a page that needs more says so itself. No script, frame or form of a stranger ever runs here.
SAFE_HEADERS: Mapping[str, str] = {
    "Server": "CareDial",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
KIOSK_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
    " media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class Refusal(Exception):
    """A request that is refused: HTTP status, a word for programs, a sentence for people, more headers."""

    def __init__(self, status: int, error: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.error, self.message = status, error, message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def json_body(request: IRequest, status: int, document: Mapping[str, Any]) -> bytes:
    """Sets status and headers for a JSON answer; returns the octets to write."""
    return body(request, status, "application/json", json.dumps(document, ensure_ascii=False).encode())


def html_body(request: IRequest, status: int, page: str, *, policy: str = PAGE_POLICY) -> bytes:
    request.setHeader("Content-Security-Policy", policy)
    return body(request, status, "text/html; charset=utf-8", page.encode())


def outcome_body(request: IRequest, status: int, *issues: Issue) -> bytes:
    """What a client of FHIR is refused for: an OperationOutcome."""
    return body(request, status, FHIR, encoded(outcome(issues)))


def body(request: IRequest, status: int, kind: str, octets: bytes) -> bytes:
    request.setResponseCode(status)
    request.setHeader("Content-Type", kind)
    request.setHeader("Content-Length", str(len(octets)))
    return octets


def refusal_body(request: IRequest, refusal: Refusal) -> bytes:
    """A refusal as JSON: `{"error": word, "message": sentence}`."""
    for name, value in refusal.headers.items():
        request.setHeader(name, value)
    return json_body(request, refusal.status, {"error": refusal.error, "message": refusal.message})
