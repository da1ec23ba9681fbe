"""The messages API as an OpenAPI 3.1 document. Its schemas are made from the very types that requests are read by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, get_args

import msgspec

from clinic.tables import MessageState
from gateway.http import message_forms as forms

Json = dict[str, Any]

_ABOUT = (
    "Queue text messages and learn what became of them. `caredial clients new` gives a program its token.\n\n"
    "A message is queued once its request was answered, and sent by and by; its state is read here or pushed to the"
    " program's webhook. With an Idempotency-Key a request that was lost on its way can be sent again at no risk."
)
_PUSHED = (
    "Sent to the client's webhook whenever a message has changed its state. Any answer 2xx takes the events; after any"
    " other, or none in time, they come again after a growing pause, for a day. Redirects are not followed. Verify"
    " CareDial-Signature before anything else: `t` is the time (seconds since 1970), `v1` the HMAC-SHA256, in hex, of"
    " that time, a full stop and the body, by the webhook's secret. Refuse what is older than some minutes."
)
_TYPES = (
    forms.Message, forms.Batch, forms.Receipt, forms.MessageStatus, forms.Page, forms.BatchStatus, forms.Error,
    forms.Events,
)  # fmt: skip
_REFUSALS: Mapping[int, str] = {
    400: "The body is not JSON.",
    401: "No token, or one that is not good.",
    403: "The client may not use this class.",
    404: "The client has none with this number.",
    409: "It conflicts with what was done before.",
    413: "The body is too long.",
    415: "The body is not application/json.",
    422: "The request was understood, and is wrong; where messages are, each mistake is told.",
    429: "Too many requests; wait as Retry-After says.",
    503: "The database is busy; try again.",
}


@lru_cache
def document(server: str) -> bytes:
    """The document as JSON, for a server with this address."""
    return json.dumps(_document(server), ensure_ascii=False, indent=1).encode()


def _document(server: str) -> Json:
    _, schemas = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "CareDial messages", "version": _version(), "description": _ABOUT},
        "servers": [{"url": server or "/"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "webhooks": {"changed": {"post": _pushed()}},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {str(status): _refusal(status, why) for status, why in _REFUSALS.items()},
        },
    }


def _paths() -> Json:
    number = _parameter("path", "number", {"type": "integer", "minimum": 0}, "As the API has told it.")
    return {
        "/api/messages": {
            "post": _operation(
                "queueMessages",
                "Queue one message, or many together",
                {202: _content("Queued.", "Receipt"), 200: _content("Queued by an earlier, equal request.", "Receipt")},
                (400, 403, 409, 413, 415, 422),
                parameters=[_key()],
                requestBody={
                    "required": True,
                    "content": {"application/json": {"schema": {"oneOf": [_ref("Message"), _ref("Batch")]}}},
                },
            ),
            "get": _operation(
                "listMessages",
                "The client's messages, the oldest first",
                {
                    200: _content(
                        "A page. One by state may have few messages, or none, and yet another after it.", "Page"
                    )
                },
                (422,),
                parameters=_narrowing(),
            ),
        },
        "/api/messages/{number}": {
            "parameters": [number],
            "get": _operation("getMessage", "One message", {200: _content("It.", "MessageStatus")}, (404,)),
        },
        "/api/messages/{number}/cancel": {
            "parameters": [number],
            "post": _operation(
                "cancelMessage",
                "Have a message not sent, while it is queued",
                {200: _content("It is cancelled.", "MessageStatus")},
                (404, 409),
            ),
        },
        "/api/batches/{number}": {
            "parameters": [number],
            "get": _operation(
                "getBatch", "How far the messages of one request are", {200: _content("It.", "BatchStatus")}, (404,)
            ),
        },
        "/api/openapi.json": {
            "get": {
                "operationId": "getDescription",
                "summary": "This document",
                "security": [],
                "responses": {
                    "200": {"description": "It.", "content": {"application/json": {"schema": {"type": "object"}}}}
                },
            }
        },
    }


def _operation(name: str, summary: str, answers: Mapping[int, Json], refusals: tuple[int, ...], **more: Any) -> Json:
    told = {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted({*refusals, 401, 429, 503})}
    responses = {**{str(status): answer for status, answer in answers.items()}, **told}
    return {"operationId": name, "summary": summary, **more, "responses": responses}


def _key() -> Json:
    why = (
        "Chosen anew for each request, and sent again with it: what came with this key before is answered as then, and"
        " not queued again. Needed for many messages."
    )
    shape = {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[!-~]+$"}
    return _parameter("header", "Idempotency-Key", shape, why, needed=False)


def _narrowing() -> list[Json]:
    schema = {"type": "integer", "minimum": 0}
    states = {"type": "string", "enum": list(get_args(MessageState))}
    return [
        _parameter("query", "after", schema, "Only those with a higher id: `next` of the page before.", needed=False),
        _parameter(
            "query",
            "most",
            {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
            "How many one page has.",
            needed=False,
        ),
        _parameter("query", "batch", {"type": "integer", "minimum": 1}, "Only those of this request.", needed=False),
        _parameter(
            "query", "reference", {"type": "string", "minLength": 1, "maxLength": 64}, "Only these.", needed=False
        ),
        _parameter("query", "state", states, "Only those in this state.", needed=False),
    ]


def _pushed() -> Json:
    signature = {"type": "string", "pattern": "^t=[0-9]+,v1=[0-9a-f]{64}$"}
    return {
        "operationId": "pushEvents",
        "summary": "What became of messages",
        "description": _PUSHED,
        "security": [],
        "parameters": [_parameter("header", "CareDial-Signature", signature, "Proves that CareDial has sent it.")],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("Events")}}},
        "responses": {"2XX": {"description": "The client has these events."}},
    }


def _parameter(where: str, name: str, schema: Json, why: str, *, needed: bool = True) -> Json:
    return {"in": where, "name": name, "required": needed, "schema": schema, "description": why}


def _content(why: str, name: str) -> Json:
    return {"description": why, "content": {"application/json": {"schema": _ref(name)}}}


def _refusal(status: int, why: str) -> Json:
    told = _content(why, "Error")
    if status in {429, 503}:
        told["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    return told


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _version() -> str:
    try:
        return version("caredial")
    except PackageNotFoundError:  # run from a folder that nobody has installed
        return "0"
