"""A link to the SMSC that the arguments name: answers USSD, sends a few texts, stops. Prints JSON lines.

Usage: python esme.py LINK_SETTINGS_AS_JSON [TEXT ...]
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.task import react

from smpp import receipts, ussd
from smpp.link import Link
from smpp.messages import compose
from smpp.pdu import DeliverSm
from smpp.segments import Reassembly
from smpp.settings import LinkSettings


def tell(event: str, **rest: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


class Told(logging.Handler):
    """Log lines of the link among the events."""

    def emit(self, record: logging.LogRecord) -> None:
        tell("log", level=record.levelname, line=record.getMessage())


class Menus:
    """Answers a USSD session with one menu and an end."""

    def __init__(self) -> None:
        self.over: Deferred[None] = Deferred()
        self.receipts: DeferredQueue[str] = DeferredQueue()
        self.parts = Reassembly()

    async def delivered(self, link: Link, pdu: DeliverSm, bind: str) -> int:
        found = ussd.read(pdu)
        if found:
            tell("ussd", op=found.op, key=found.key, text=found.text)
            ending = found.op == "answer"
            reply = ussd.reply(found, "已预约。" if ending else "1 Book {visit}\n2 My visits", end=ending)
            Deferred.fromCoroutine(self.show(link, reply, ending))
            return 0
        receipt = receipts.read(pdu)
        if receipt:
            tell("receipt", id=receipt.message_id, state=receipt.state.name, final=receipt.final)
            self.receipts.put(receipt.message_id)
        else:
            tell("sms", text=self.parts.add(pdu, 0))
        return 0

    async def show(self, link: Link, reply: Any, ending: bool) -> None:
        await link.submit(reply, urgent=True)
        if ending:
            self.over.callback(None)


async def main(reactor: Any, settings: str, *texts: str) -> None:
    logger = logging.getLogger("caredial.smpp")
    logger.setLevel(logging.INFO)
    logger.addHandler(Told())
    menus = Menus()
    link = Link("main", LinkSettings(**json.loads(settings)), menus, reactor)
    link.startService()
    await menus.over
    for text in texts:
        for pdu in compose(link.settings, source="12580", destination="8613800138000", text=text, reference=7):
            answer = await link.submit(pdu)
            tell("answer", status=answer.status, id=answer.message_id)
            if not answer.status:
                await menus.receipts.get()
    await link.stopService()
    tell("stopped", counters=dict(link.counters))


react(main, sys.argv[1:])
