"""The messages API, for other programs: JSON over HTTP, `Authorization: Bearer TOKEN` with the client's own token.

POST /api/messages            queue one message, or {"messages": [...]} together; Idempotency-Key: KEY
GET  /api/messages            the client's messages, page by page: ?after= &most= &reference= &batch= &state=
GET  /api/messages/ID         one of them
POST /api/messages/ID/cancel  have it not sent, while it is queued
GET  /api/batches/ID          how many messages of a request are in which state
GET  /api/openapi.json        all of this for programs (OpenAPI 3.1), without a token
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from klein import Klein
from twisted.web.iweb import IRequest

from clinic import client_messages, clients
from clinic.clients import ClientView
from clinic.installation import Installation
from clinic.rules import Rules
from clinic.tables import MessageState
from gateway.http import message_forms as forms
from gateway.http.answers import Refusal, body
from gateway.http.bearer import answers_refusals, stranger, token_of
from gateway.http.guesses import too_many
from gateway.http.message_reader import BadJson, Reader, Unusable, idempotency_key
from gateway.http.openapi import document
from gateway.http.ports import Office

REQUESTS_A_MINUTE = 6000
READ_AT_ONCE = 64 * 1024  # octets of a body that hold up nobody while they are read
MOST_ON_PAGE = 1000
LARGEST = 2**63 - 1

_NUMBER = f"<int(max={LARGEST}):number>"


class MessagesApi:
    """Routes under /api."""

    app = Klein()
    answers_refusals(app)

    def __init__(self, office: Office, installation: Installation, rules: Rules) -> None:
        self._office, self._installation, self._rules = office, installation, rules
        self._document = document(installation.public_url)

    @app.route("/openapi.json", methods=["GET"])
    def openapi(self, request: IRequest) -> bytes:
        return body(request, 200, "application/json", self._document)

    @app.route("/messages", methods=["POST"])
    async def queue(self, request: IRequest) -> bytes:
        """202 once it is in the outbox, 200 where the same request came before."""
        client = await self._client(request)
        if (request.getHeader("content-type") or "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "unsupported", "send application/json")
        sent, written = request.content.read(), request.getHeader("idempotency-key")
        try:
            queued = await self._queued(client, sent, written)
        except BadJson as error:
            raise Refusal(400, "bad_json", f"the body is no JSON object: {error}") from error
        except client_messages.KeyTaken as error:
            raise Refusal(409, "key_taken", "this Idempotency-Key came before with another body") from error
        except Unusable as error:
            return _unusable(request, error)
        return _answer(request, 200 if queued.repeated else 202, forms.receipt(queued))

    async def _queued(self, client: ClientView, sent: bytes, written: str | None) -> client_messages.Queued:
        run, digest = self._office.store.run, hashlib.sha256(sent).hexdigest()
        key = idempotency_key(written, needed=False)
        if key is not None:
            before = await run(client_messages.repeated, client=client.id, key=key, digest=digest)
            if before is not None:
                return before
        house, now = self._installation, self._office.now()
        read = partial(Reader(region=house.region, language=house.language, now=now).read, sent, client.classes)
        orders, many = read() if len(sent) <= READ_AT_ONCE else await self._office.aside(read)
        idempotency_key(written, needed=many)
        given: Any = {"client": client.id, "key": key, "digest": digest, "orders": orders}
        return await run(client_messages.queue, **given, rules=self._rules, installation=house, now=now)

    @app.route("/messages", methods=["GET"])
    async def page(self, request: IRequest) -> bytes:
        client = await self._client(request)
        found = await self._office.store.run(client_messages.page, client=client.id, **_asked(request))
        return _answer(request, 200, forms.Page([forms.status(view) for view in found.messages], found.after))

    @app.route(f"/messages/{_NUMBER}", methods=["GET"])
    async def message(self, request: IRequest, number: int) -> bytes:
        client = await self._client(request)
        found = await self._office.store.run(client_messages.get, client=client.id, message=number)
        return _answer(request, 200, forms.status(found or _nobodys("message")))

    @app.route(f"/messages/{_NUMBER}/cancel", methods=["POST"])
    async def cancel(self, request: IRequest, number: int) -> bytes:
        client, now = await self._client(request), self._office.now()
        try:
            found = await self._office.store.run(client_messages.cancel, client=client.id, message=number, now=now)
        except client_messages.NotQueued as error:
            raise Refusal(409, "not_queued", f"it is too late: the message is {error}") from error
        return _answer(request, 200, forms.status(found or _nobodys("message")))

    @app.route(f"/batches/{_NUMBER}", methods=["GET"])
    async def batch(self, request: IRequest, number: int) -> bytes:
        client = await self._client(request)
        found = await self._office.store.run(client_messages.batch, client=client.id, batch=number)
        return _answer(request, 200, forms.batch_status(found or _nobodys("batch")))

    async def _client(self, request: IRequest) -> ClientView:
        token, limits = token_of(request), self._office.limits
        client = await self._office.store.run(clients.known, token=token) if token else None
        if client is None:
            raise await stranger(request, limits, self._office.proxies, "unknown_client", "messages")
        if not await limits.allow(f"client:{client.id}", limit=REQUESTS_A_MINUTE, seconds=60):
            raise too_many(60)
        return client


def _nobodys(what: str) -> Any:
    raise Refusal(404, "not_found", f"this client has no {what} with this number")


def _unusable(request: IRequest, error: Unusable) -> bytes:
    status, word = (403, "class_not_allowed") if error.forbidden else (422, "invalid")
    plural = "" if error.count == 1 else "s"
    told = forms.Error(word, f"nothing was queued: {error.count} mistake{plural}", error.mistakes)
    return _answer(request, status, told)


def _answer(request: IRequest, status: int, form: object) -> bytes:
    return body(request, status, "application/json", forms.encoded(form))


def _asked(request: IRequest) -> dict[str, Any]:
    """The query of a page, as `client_messages.page` takes it."""
    given = {name.decode("utf-8", "replace"): values for name, values in request.args.items()}
    asked: dict[str, Any] = {}
    for name, values in given.items():
        read = _QUERY.get(name)
        written = values[-1].decode("utf-8", "replace")
        asked[name] = read(written) if read is not None else None
        if asked[name] is None:
            raise Refusal(422, "invalid", f"the query has {name}={written}: it takes {', '.join(_QUERY)}")
    return asked


def _number(least: int, largest: int, written: str) -> int | None:
    number = int(written) if written.isascii() and written.isdigit() and len(written) < 20 else -1
    return number if least <= number <= largest else None


_QUERY: dict[str, Callable[[str], Any]] = {
    "after": partial(_number, 0, LARGEST),
    "most": partial(_number, 1, MOST_ON_PAGE),
    "batch": partial(_number, 1, LARGEST),
    "reference": lambda written: written if 0 < len(written) <= 64 and "\0" not in written else None,
    "state": lambda written: written if written in get_args(MessageState) else None,
}
