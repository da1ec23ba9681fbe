"""Our SMSC side on a TCP port, played plainly: takes binds, submits, sends one deliver_sm. Prints JSON lines."""

from __future__ import annotations

import json
import sys
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.internet.task import react

from smpp import status
from smpp.connection import Connection
from smpp.events import Closed, Event, Request, Response
from smpp.pdu import Address, Bind, DeliverSm, QuerySm, QuerySmResp, SubmitSm, SubmitSmResp, answer_to
from smpp.session import Options, Role


def tell(event: str, **rest: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


class Smsc:
    """Every connection's owner."""

    def opened(self, connection: Connection) -> None:
        tell("connected")

    def happened(self, connection: Connection, event: Event) -> None:
        if isinstance(event, Request):
            self.asked(connection, event.pdu)
        elif isinstance(event, Response):
            tell(event.response.name, status=event.response.status)
        elif isinstance(event, Closed):
            tell("closed", reason=event.reason.value)

    def asked(self, connection: Connection, pdu: Any) -> None:
        answer: Any = answer_to(pdu)
        if isinstance(pdu, Bind) and pdu.password != "secret":
            answer = answer_to(pdu, status.ESME_RINVPASWD)
        elif isinstance(pdu, SubmitSm):
            tell("submit_sm", to=pdu.destination.number, text=pdu.short_message.hex())
            answer = SubmitSmResp(message_id="id-1")
        elif isinstance(pdu, QuerySm):
            answer = QuerySmResp(message_id=pdu.message_id, message_state=2)
        else:
            tell(pdu.name, system_id=pdu.system_id)
        connection.answer(pdu, answer)
        if isinstance(pdu, SubmitSm):
            connection.send(DeliverSm(source=Address("8613800138000", 1, 1), short_message=b"YY"))


def main(reactor: Any) -> Deferred[None]:
    factory = Factory.forProtocol(lambda: Connection(Role.SMSC, Options(inactivity=5), Smsc(), reactor))
    tell("listening", port=reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port)
    return Deferred()


react(main)
