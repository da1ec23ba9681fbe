"""Requests with a token of their own (RFC 6750), and what is answered where something is refused or breaks."""

# ruff: noqa: ARG001  klein gives them

from __future__ import annotations

import logging
from typing import Any

from klein import Klein
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from werkzeug.exceptions import HTTPException

from clinic.errors import StoreBusy
from gateway.http.answers import Refusal, refusal_body
from gateway.http.guesses import too_many
from gateway.http.ports import Limits
from gateway.http.requests import address

log = logging.getLogger("caredial.http")

STRANGERS_A_MINUTE = 30
BUSY = Refusal(503, "busy", "the database is busy or away; try again", Retry_After="2")


def token_of(request: IRequest) -> str:
    """The token in `Authorization: Bearer TOKEN`, "" where there is none."""
    scheme, _, token = (request.getHeader("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def stranger(request: IRequest, limits: Limits, proxies: frozenset[str], error: str, realm: str) -> Refusal:
    """How to refuse a request whose token is nobody's: with 401, or 429 where its address tries many."""
    here = f"stranger:{address(request, proxies)}"
    if not await limits.allow(here, limit=STRANGERS_A_MINUTE, seconds=60):
        return too_many(60)
    challenge = f'Bearer realm="{realm}"'
    return Refusal(401, error, "this token is not valid, or was taken away", WWW_Authenticate=challenge)


def answers_refusals(app: Klein) -> None:
    """Have this app answer with JSON whatever its routes raise."""

    @app.handle_errors(Refusal)
    def refused(self: object, request: IRequest, failure: Failure) -> bytes:
        return refusal_body(request, _of(failure, Refusal))

    @app.handle_errors(HTTPException)
    def no_route(self: object, request: IRequest, failure: Failure) -> bytes:
        status = _of(failure, HTTPException).code or 500
        return refusal_body(request, Refusal(status, "no_route", "there is nothing at this address for this method"))

    @app.handle_errors(StoreBusy, ConnectionError)
    def busy(self: object, request: IRequest, failure: Failure) -> bytes:
        return refusal_body(request, BUSY)

    @app.handle_errors(Exception)
    def broken(self: object, request: IRequest, failure: Failure) -> bytes:
        log.error("a request broke: %s", failure.getTraceback())
        return refusal_body(request, Refusal(500, "broken", "something went wrong here; it has been logged"))


def _of(failure: Failure, kind: type[Any]) -> Any:
    if not isinstance(failure.value, kind):
        raise TypeError(f"{failure.value!r} is no {kind.__name__}")
    return failure.value
