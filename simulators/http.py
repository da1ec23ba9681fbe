"""The handset page and its JSON API (Klein).

    GET  /                                the page
    GET  /api/phones/NUMBER               the phone: screen, messages, network
    GET  /api/phones/NUMBER/events        the same after every change (Server-Sent Events, event "phone")
    POST /api/phones/NUMBER/dial          {"code": "*120#"}
    POST /api/phones/NUMBER/answer        {"text": "1"}
    POST /api/phones/NUMBER/cancel        hang up the USSD session
    POST /api/phones/NUMBER/close         put the last text of an ended session away
    POST /api/phones/NUMBER/sms           {"to": "12580120", "text": "..."}
    POST /api/phones/NUMBER/read          {"id": 3}
    POST /api/phones/NUMBER/erase         forget all messages
    GET  /api/network                     binds, queue, conditions
    POST /api/network                     {"submit_latency": 2, "submit_fail": 0.1, ...}: the fields of Conditions
    POST /api/network/name                {"name": "hostile"}: conditions by one name (simulators.networks)
    POST /api/network/drop                close all connections of ESMEs
    POST /api/network/unbind              unbind all ESMEs
    POST /api/network/burst               {"count": 100, "text": "..."}: so many handsets send it at once
    POST /api/network/alert               {"number": "15400000001"}: alert_notification, the phone can be reached again
    POST /api/network/outbind             {"host": ..., "port": ..., "system_id": ..., "password": ...}

Every POST of a phone answers with the phone; every refusal is {"error": word, "message": sentence}. A POST needs
Content-Type application/json, which no page of another site can send without asking (CORS), and nobody is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from klein import Klein
from pydantic import ValidationError
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.server import Request
from werkzeug.exceptions import HTTPException, NotFound

from simulators import networks
from simulators.clock import Clock
from simulators.dialogues import TooLong
from simulators.page import POLICY, assets, page
from simulators.phones import BadNumber, Handset
from simulators.server import SYSTEM_ID
from simulators.smsc import QueueFull, Smsc
from simulators.stream import Stream
from simulators.ussd import NotNow
from smpp.pdu import PduError
from smpp.segments import TextTooLong

MOST_OCTETS = 256 * 1024  # of a request's body
MOST_AT_ONCE = 10_000  # messages of a burst

Body = Mapping[str, Any]


class BadRequest(ValueError):
    """A request that is no JSON, or lacks a field."""


_REFUSALS: Mapping[type[Exception], tuple[int, str]] = {
    BadNumber: (400, "bad-number"),
    BadRequest: (400, "bad-request"),
    ValidationError: (400, "bad-value"),
    TooLong: (400, "too-long"),
    TextTooLong: (400, "too-long"),
    PduError: (400, "bad-value"),
    NotNow: (409, "not-now"),
    QueueFull: (503, "queue-full"),
}


class HandsetPages:
    """The page, its files and the API of one SMS centre."""

    app = Klein()

    def __init__(
        self,
        smsc: Smsc,
        clock: Clock,
        *,
        own_number: str = "15400000001",
        kiosk_url: str = "",
        outbind: Callable[[str, int, str, str], None] | None = None,
    ) -> None:
        self._smsc = smsc
        self._own_number = own_number
        self._clock = clock
        self._serials = count(1)
        self._assets = assets()
        self._page = page(smsc.service, own_number=own_number, kiosk_url=kiosk_url)
        self._keys: dict[str, Callable[[str, Body], object]] = {
            "dial": lambda number, body: smsc.dialogues.dial(number, _text(body, "code")),
            "answer": lambda number, body: smsc.dialogues.answer(number, _text(body, "text")),
            "cancel": lambda number, _: smsc.dialogues.cancel(number),
            "close": lambda number, _: smsc.phones.get(number).put_away(),
            "sms": lambda number, body: smsc.send_sms(number, _text(body, "to"), _text(body, "text")),
            "read": lambda number, body: smsc.phones.get(number).mark_read(_integer(body, "id")),
            "erase": lambda number, _: smsc.phones.get(number).erase(),
        }
        self._tasks: dict[str, Callable[[Body], Body]] = {
            "name": lambda body: self._rename(_text(body, "name")),
            "drop": lambda _: {"dropped": smsc.drop()},
            "unbind": lambda _: {"unbound": smsc.unbind()},
            "burst": self._burst,
            "alert": lambda body: {"told": smsc.alert(_text(body, "number"))},
            **({} if outbind is None else {"outbind": lambda body: _outbind(body, outbind)}),
        }

    @app.route("/", methods=["GET"])
    def index(self, request: Request) -> bytes:
        return _answer(request, 200, "text/html; charset=utf-8", self._page)

    @app.route("/static/<name>", methods=["GET"])
    def asset(self, request: Request, name: str) -> bytes:
        found = self._assets.get(name)
        if found is None:
            raise NotFound
        return _answer(request, 200, found.kind, found.octets)

    @app.route("/api/phones/<number>", methods=["GET"])
    def phone(self, request: Request, number: str) -> bytes:
        return _json(request, 200, self._phone(self._smsc.phones.get(number)))

    @app.route("/api/phones/<number>/<key>", methods=["POST"])
    def press(self, request: Request, number: str, key: str) -> bytes:
        if key not in self._keys:
            raise NotFound
        self._keys[key](number, _body(request))
        return self.phone(request, number)

    @app.route("/api/phones/<number>/events", methods=["GET"])
    def events(self, request: Request, number: str) -> Deferred[None]:
        handset = self._smsc.phones.get(number)
        stream = Stream(request, self._clock, lambda: self._phone(handset))
        leave = [
            handset.subscribe(lambda _: stream.changed()),
            self._smsc.subscribe(stream.changed),
        ]
        return stream.start(lambda: [unsubscribe() for unsubscribe in leave])

    @app.route("/api/network", methods=["GET"])
    def network(self, request: Request) -> bytes:
        return _json(request, 200, self._network())

    @app.route("/api/network", methods=["POST"])
    def change(self, request: Request) -> bytes:
        self._smsc.change(dict(_body(request)))
        return _json(request, 200, self._network())

    @app.route("/api/network/<task>", methods=["POST"])
    def do(self, request: Request, task: str) -> bytes:
        known = self._tasks.get(task)
        if known is None:
            raise NotFound
        return _json(request, 200, known(_body(request)))

    @app.handle_errors(*_REFUSALS)
    def refused(self, request: Any, failure: Failure) -> bytes:
        why: Any = failure.value
        code, word = _REFUSALS[type(why)]
        return _json(request, code, {"error": word, "message": _sentence(why)})

    @app.handle_errors(HTTPException)
    def nothing_here(self, request: Any, failure: Failure) -> bytes:
        why: Any = failure.value
        return _json(request, why.code or 500, {"error": "no-such-page", "message": why.name})

    def _phone(self, handset: Handset) -> Body:
        ussd = handset.ussd
        return {
            # The answer to a key and the stream race each other to the page; it keeps the later state.
            "serial": next(self._serials),
            "number": handset.number,
            "msisdn": handset.msisdn,
            "ussd": None
            if ussd is None
            else {"code": ussd.code, "turn": ussd.turn, "text": ussd.text, "ending": ussd.ending},
            "unread": handset.unread,
            "messages": [
                {
                    "id": sms.id,
                    "peer": sms.peer,
                    "text": sms.text,
                    "at": sms.at,
                    "outgoing": sms.outgoing,
                    "read": sms.read,
                }
                for sms in handset.messages
            ],
            "network": {"bound": self._smsc.deliveries.reachable() is not None},
        }

    def _network(self) -> Body:
        binds = self._smsc.deliveries.binds
        return {
            "binds": [{"account": bind.account, "receives": bind.may_receive} for bind in binds],
            "waiting": len(self._smsc.deliveries),
            "sessions": len(self._smsc.dialogues),
            "phones": len(self._smsc.phones),
            "pending": len(self._smsc.carrier),
            "network": networks.name(self._smsc.conditions),
            "conditions": self._smsc.conditions.model_dump(),
        }

    def _rename(self, name: str) -> Body:
        if name not in networks.NETWORKS:
            raise BadRequest(f"no network {name!r}: there are {', '.join(networks.NETWORKS)}")
        self._smsc.use(networks.NETWORKS[name])
        return self._network()

    def _burst(self, body: Body) -> Body:
        count = _integer(body, "count")
        if not 0 < count <= MOST_AT_ONCE:
            raise BadRequest(f"'count' is 1 to {MOST_AT_ONCE}")
        return {"sent": self._smsc.burst(count, _text(body, "text"), self._own_number)}


def _json(request: Request, code: int, document: Body) -> bytes:
    return _answer(request, code, "application/json", json.dumps(document, ensure_ascii=False).encode())


def _answer(request: Request, code: int, kind: str, octets: bytes) -> bytes:
    request.setResponseCode(code)
    for name, value in (
        ("Content-Type", kind),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-store"),
    ):
        request.responseHeaders.setRawHeaders(name, [value])
    return octets


def _body(request: Request) -> Body:
    kind = request.getHeader("content-type") or ""
    if kind.partition(";")[0].strip().lower() != "application/json":
        raise BadRequest("Content-Type must be application/json")
    octets = request.content.read(MOST_OCTETS + 1) if request.content else b""
    if len(octets) > MOST_OCTETS:
        raise BadRequest(f"the body is longer than {MOST_OCTETS} octets")
    try:
        body = json.loads(octets or b"{}")
    except ValueError:
        raise BadRequest("the body is no JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("the body is no JSON object")
    return body


def _outbind(body: Body, say: Callable[[str, int, str, str], None]) -> Body:
    port = _integer(body, "port")
    if not 0 < port < 65536:
        raise BadRequest("'port' is 1 to 65535")
    system_id, password = (_text(body, name) if name in body else "" for name in ("system_id", "password"))
    say(_text(body, "host"), port, system_id or SYSTEM_ID, password)
    return {"asked": True}


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"{name!r} is missing, or no text")
    return value


def _integer(body: Body, name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"{name!r} is missing, or no number")
    return value


def _sentence(refused: Exception) -> str:
    if isinstance(refused, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in refused.errors())
    return str(refused)
