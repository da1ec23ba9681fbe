"""The platform over HTTP: the provider's API at /, and what a person may do with the simulator at /simulator.

GET  /simulator                       accounts, open prompts, conditions
POST /simulator/conditions            {"answer_lost": 1, "pay_manner": "silent", ...}: the fields of Conditions
GET  /simulator/accounts/NUMBER       the account of a phone, as +86154...
POST /simulator/accounts/NUMBER       {"balance": "3.00", "manner": "declines"}: either may be left out
POST /simulator/prompts/CORRELATION   {"yes": true}: the resident enters the PIN now, or declines
POST /simulator/revoke                {}: no token that was given is good any more
"""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import Any

from klein import Klein
from pydantic import ValidationError
from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.client import Agent
from twisted.web.server import NOT_DONE_YET, Request

from mobilemoney.messages import LARGEST, Amount
from simulators.mobilemoney.platform import Platform, Reply

log = logging.getLogger(__name__)

TRIES, PAUSE, SECONDS = 3, 2.0, 10.0
MANNERS = ("", "confirms", "declines", "silent")


class BadRequest(Exception):
    """What a person asked for cannot be done."""


class Caller:
    """Carries callbacks: a few tries, where nobody takes it."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._http = HTTPClient(Agent(reactor, connectTimeout=SECONDS))

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> object:
        return Deferred.fromCoroutine(self._carry(url, headers, body, TRIES))

    async def _carry(self, url: str, headers: Any, body: bytes, tries: int) -> None:
        try:
            sent = self._http.put(url, data=body, headers=headers, allow_redirects=False)
            response = await sent.addTimeout(SECONDS, self._reactor)
            code = int(response.code)
        except Exception as error:  # noqa: BLE001  whatever stands in the way, it is tried again
            log.warning("a callback went nowhere: %s", error)
            code = 0
        if 200 <= code < 300:
            return
        if code:
            log.warning("a callback was refused with %d", code)
        if tries > 1:
            again = lambda: Deferred.fromCoroutine(self._carry(url, headers, body, tries - 1))  # noqa: E731
            self._reactor.callLater(PAUSE, again)


class PlatformPages:
    """The site of one platform."""

    app = Klein()

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @app.route("/simulator", methods=["GET"])
    def simulator(self, request: Request) -> bytes:
        return _json(request, self._shown())

    @app.route("/simulator/conditions", methods=["POST"])
    def conditions(self, request: Request) -> bytes:
        self._platform.conditions = self._platform.conditions.changed(_object(request))
        return _json(request, self._shown())

    @app.route("/simulator/accounts/<string:number>", methods=["GET"])
    def account(self, request: Request, number: str) -> bytes:
        return _json(request, self._account(number))

    @app.route("/simulator/accounts/<string:number>", methods=["POST"])
    def change_account(self, request: Request, number: str) -> bytes:
        asked, account = _object(request), self._platform.wallets.account(number)
        manner = asked.get("manner", account.manner)
        if manner not in MANNERS:
            raise BadRequest(f"'manner' is one of {', '.join(MANNERS[1:])}")
        try:
            account.balance = Decimal(Amount.read(asked["balance"])) if "balance" in asked else account.balance
        except ValueError as error:
            raise BadRequest(f"'balance' {error}") from error
        account.manner = manner
        self._platform.wallets.changed()
        return _json(request, self._account(number))

    @app.route("/simulator/prompts/<string:correlation>", methods=["POST"])
    def prompt(self, request: Request, correlation: str) -> bytes:
        yes = _object(request).get("yes")
        if not isinstance(yes, bool):
            raise BadRequest("'yes' is true or false")
        try:
            self._platform.wallets.confirm(correlation, yes=yes)
        except KeyError:
            raise BadRequest("nobody was asked under this correlation id") from None
        return _json(request, self._shown())

    @app.route("/simulator/revoke", methods=["POST"])
    def revoke(self, request: Request) -> bytes:
        self._platform.revoke()
        return _json(request, {"revoked": True})

    @app.route("/", branch=True)
    def api(self, request: Request) -> Any:
        body = request.content.read(LARGEST + 1) if request.content else b""
        raw = request.requestHeaders.getAllRawHeaders()
        headers = {name.decode("latin-1"): values[-1].decode("latin-1") for name, values in raw}
        target, method = request.uri.decode("latin-1"), request.method.decode("latin-1")
        answered = self._platform.handle(method, target, headers, body)
        gone: Deferred[None] = request.notifyFinish()
        gone.addErrback(lambda _: None)
        answered.addCallback(lambda reply: _send(request, reply))
        return NOT_DONE_YET

    @app.handle_errors(BadRequest, ValidationError)
    def bad(self, request: Any, failure: Failure) -> bytes:
        request.setResponseCode(400)
        return _json(request, {"error": "bad-request", "message": str(failure.value)[:500]})

    def _shown(self) -> dict[str, Any]:
        platform = self._platform
        return {
            "accounts": {number: self._account(number) for number in platform.books.accounts},
            "prompts": [
                {"correlation": each.correlation, "phone": each.debit[1], "amount": str(each.amount)}
                for each in platform.wallets.prompts()
            ],
            "transactions": len(platform.books.entries),
            "conditions": platform.conditions.model_dump(),
        }

    def _account(self, number: str) -> dict[str, str]:
        account = self._platform.wallets.account(number)
        return {"number": number, "balance": f"{account.balance:.2f}", "manner": account.manner}


def _send(request: Request, reply: Reply | None) -> None:
    """Write the answer; where it gets lost the connection goes."""
    if request._disconnected:
        return
    if reply is None:
        transport: Any = request.transport
        transport.abortConnection()
        return
    request.setResponseCode(reply.status)
    for name, value in reply.headers.items():
        request.setHeader(name, value)
    request.setHeader("Content-Length", str(len(reply.body)))
    request.write(reply.body)
    request.finish()


def _json(request: Request, document: Any) -> bytes:
    request.setHeader("Content-Type", "application/json")
    return json.dumps(document, ensure_ascii=False).encode()


def _object(request: Request) -> dict[str, Any]:
    if (request.getHeader("content-type") or "").partition(";")[0].strip().lower() != "application/json":
        raise BadRequest("Content-Type must be application/json")
    try:
        found = json.loads((request.content.read(LARGEST) if request.content else b"") or b"{}")
    except ValueError:
        raise BadRequest("the body is no JSON") from None
    if not isinstance(found, dict):
        raise BadRequest("the body is no JSON object")
    return found
