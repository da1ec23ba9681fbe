"""Our SMSC side on a TCP port, played plainly: takes binds and submits, says what a text asks for. Prints JSON lines.

A receiver gets a deliver_sm at once, a transceiver one after each submit; "refuse me" and "throttle me" get an
error, and after the answer to "unbind me" comes an unbind.

Usage: python smsc.py [SECONDS_BEFORE_ENQUIRE_LINK]
"""

from __future__ import annotations

import json
import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.task import react

from smpp import status
from smpp.link.connection import Connection
from smpp.pdu import Address, Bind, BindReceiver, DeliverSm, QuerySm, QuerySmResp, SubmitSm, SubmitSmResp, answer_to
from smpp.session import Options, Role
from smpp.session.events import Closed, Event, Request, Response

REFUSALS = {b"refuse me": status.ESME_RINVDSTADR, b"throttle me": status.ESME_RTHROTTLED}


def tell(event: str, **rest: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


class Smsc:
    """Every connection's owner."""

    def opened(self, connection: Connection) -> None:
        tell("connected")

    def happened(self, connection: Connection, events: list[Event], now: float) -> None:
        for event in events:
            self.took(connection, event)

    def took(self, connection: Connection, event: Event) -> None:
        if isinstance(event, Request):
            self.asked(connection, event.pdu)
        elif isinstance(event, Response):
            tell(event.response.name, status=event.response.status)
        elif isinstance(event, Closed):
            tell("closed", reason=event.reason.value)

    def asked(self, connection: Connection, pdu: Any) -> None:
        answer: Any = answer_to(pdu)
        if isinstance(pdu, Bind):
            tell(pdu.name, system_id=pdu.system_id)
            answer = answer_to(pdu, 0 if pdu.password == "secret" else status.ESME_RINVPASWD)
        elif isinstance(pdu, SubmitSm):
            tell("submit_sm", to=pdu.destination.number, text=pdu.short_message.hex())
            answer = self.submitted(connection, pdu)
        elif isinstance(pdu, QuerySm):
            answer = QuerySmResp(message_id=pdu.message_id, message_state=2)
        connection.answer(pdu, answer)
        if isinstance(pdu, SubmitSm | Bind) and connection.session.may_send(DeliverSm):
            self.deliver(connection, isinstance(pdu, BindReceiver | SubmitSm))

    def submitted(self, connection: Connection, pdu: SubmitSm) -> SubmitSmResp:
        if pdu.short_message == b"unbind me":
            connection.close()
        return SubmitSmResp(status=REFUSALS.get(pdu.short_message, 0), message_id="id-1")

    def deliver(self, connection: Connection, due: bool) -> None:
        if due:
            connection.send(DeliverSm(source=Address("8613800138000", 1, 1), short_message=b"YY"))


def main(reactor: Any, enquire_link: str = "0") -> Deferred[None]:
    options = Options(inactivity=5, enquire_link=float(enquire_link))
    factory = Factory.forProtocol(lambda: Connection(Role.SMSC, options, Smsc(), reactor))
    tell("listening", port=reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port)
    return Deferred()


react(main, sys.argv[1:])
