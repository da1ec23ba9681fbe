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
    POST /api/phones/NUMBER/call          {"to": "12580"}: with an Asterisk beside, as all of these
    POST /api/phones/NUMBER/key           {"key": "1"}, in a call
    POST /api/phones/NUMBER/hangup
    POST /api/phones/NUMBER/answer        {}: a call that rings
    POST /api/phones/NUMBER/reject
    POST /api/phones/NUMBER/voice         {"samples": base64}: spoken, 8000 samples a second, 16 bits
    POST /api/phones/NUMBER/manner        {"manner": "busy"}: what it does when called (rings, answers, busy, ...)
    GET  /api/phones/NUMBER/sounds/ID     a prompt that was played on this call (WAV)
    GET  /api/network                     binds, queue, conditions
    POST /api/network                     {"submit_latency": 2, "submit_fail": 0.1, ...}: the fields of Conditions
    POST /api/network/name                {"name": "hostile"}: conditions by one name (simulators.networks)
    POST /api/network/drop                close all connections of ESMEs
    POST /api/network/unbind              unbind all ESMEs
    POST /api/network/burst               {"count": 100, "text": "..."}: so many handsets send it at once
    POST /api/network/alert               {"number": "15400000001"}: alert_notification, the phone can be reached again
    GET  /api/asterisk                    managers, channels, conditions
    POST /api/asterisk                    {"manager_no_booted": true, ...}: the fields of AsteriskConditions
    POST /api/asterisk/drop               close all connections of managers
    POST /api/asterisk/restart            {"seconds": 5, "announce": true, "keep_calls": false}
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
from simulators.asterisk.pages import BadRequest, TelephonePages, text
from simulators.clock import Clock
from simulators.dialogues import TooLong
from simulators.page import POLICY, assets, page
from simulators.phones import BadNumber, Handset
from simulators.ranges import part
from simulators.server import SYSTEM_ID
from simulators.smsc import QueueFull, Smsc
from simulators.stream import Stream
from simulators.ussd import NotNow
from smpp.pdu import PduError
from smpp.segments import TextTooLong

MOST_OCTETS = 256 * 1024  # of a request's body
MOST_AT_ONCE = 10_000  # messages of a burst

Body = Mapping[str, Any]


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
    """The page, its files and the API of one SMS centre, and of the Asterisk beside it, if there is one."""

    app = Klein()

    def __init__(
        self,
        smsc: Smsc,
        clock: Clock,
        *,
        own_number: str = "15400000001",
        kiosk_url: str = "",
        outbind: Callable[[str, int, str, str], None] | None = None,
        telephones: TelephonePages | None = None,
        only_calls: bool = False,
    ) -> None:
        """With `only_calls` there is no SMPP: the page shows the Asterisk's managers as its network."""
        self._smsc = smsc
        self._own_number = own_number
        self._clock = clock
        self._serials = count(1)
        self._assets = assets()
        self._telephones = telephones
        self._only_calls = only_calls
        hotline = telephones.exchange.hotline.number if telephones else ""
        self._page = page(
            smsc.service, own_number=own_number, kiosk_url=kiosk_url, hotline=hotline, only_calls=only_calls
        )
        self._keys: dict[str, Callable[[str, Body], object]] = {
            "dial": lambda number, body: smsc.dialogues.dial(number, text(body, "code")),
            "answer": lambda number, body: smsc.dialogues.answer(number, text(body, "text")),
            "cancel": lambda number, _: smsc.dialogues.cancel(number),
            "close": lambda number, _: smsc.phones.get(number).put_away(),
            "sms": lambda number, body: smsc.send_sms(number, text(body, "to"), text(body, "text")),
            "read": lambda number, body: smsc.phones.get(number).mark_read(_integer(body, "id")),
            "erase": lambda number, _: smsc.phones.get(number).erase(),
        }
        if telephones is not None:
            self._keys |= telephones.keys | {"answer": self._answer}
        self._tasks: dict[str, Callable[[Body], Body]] = {
            "name": lambda body: self._rename(text(body, "name")),
            "drop": lambda _: {"dropped": smsc.drop()},
            "unbind": lambda _: {"unbound": smsc.unbind()},
            "burst": self._burst,
            "alert": lambda body: {"told": smsc.alert(text(body, "number"))},
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
            *(self._telephones.follow(number, stream.changed) if self._telephones else ()),
        ]
        return stream.start(lambda: [unsubscribe() for unsubscribe in leave])

    @app.route("/api/phones/<number>/sounds/<heard>", methods=["GET"])
    def sound(self, request: Request, number: str, heard: str) -> bytes:
        path = self._telephones.sound(number, heard) if self._telephones else None
        if path is None or not path.is_file():
            raise NotFound
        code, place, octets = part(request.getHeader("range"), path.read_bytes())
        request.setHeader("Accept-Ranges", "bytes")
        if place:
            request.setHeader("Content-Range", place)
        return _answer(request, code, "audio/wav", octets)

    @app.route("/api/asterisk", methods=["GET"])
    def asterisk(self, request: Request) -> bytes:
        return _json(request, 200, self._asterisk().state())

    @app.route("/api/asterisk", methods=["POST"])
    def change_asterisk(self, request: Request) -> bytes:
        telephones = self._asterisk()
        telephones.exchange.change(dict(_body(request)))
        return _json(request, 200, telephones.state())

    @app.route("/api/asterisk/<task>", methods=["POST"])
    def do_to_asterisk(self, request: Request, task: str) -> bytes:
        known = self._asterisk().tasks.get(task)
        if known is None:
            raise NotFound
        return _json(request, 200, known(_body(request)))

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
            "call": self._telephones.call(handset.number) if self._telephones else None,
            "network": {"bound": self._reached},
        }

    @property
    def _reached(self) -> bool:
        """Whether the application is there."""
        if self._only_calls and self._telephones is not None:
            return self._telephones.exchange.listeners > 0
        return self._smsc.deliveries.reachable() is not None

    def _asterisk(self) -> TelephonePages:
        if self._telephones is None:
            raise NotFound
        return self._telephones

    def _answer(self, number: str, body: Body) -> None:
        """One word for two things: the answer to a menu has a text, a call that is answered has none."""
        if "text" in body or self._telephones is None:
            self._smsc.dialogues.answer(number, text(body, "text"))
        else:
            self._telephones.keys["answer"](number, body)

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
        return {"sent": self._smsc.burst(count, text(body, "text"), self._own_number)}


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
    system_id, password = (text(body, name) if name in body else "" for name in ("system_id", "password"))
    say(text(body, "host"), port, system_id or SYSTEM_ID, password)
    return {"asked": True}


def _integer(body: Body, name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest(f"{name!r} is missing, or no number")
    return value


def _sentence(refused: Exception) -> str:
    if isinstance(refused, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in refused.errors())
    return str(refused)
