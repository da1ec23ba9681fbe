"""A link that does what the arguments name, one after the other, then stops. Prints JSON lines.

Usage: python operations.py LINK_SETTINGS_AS_JSON STEP... (the methods of Walk)
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater, react

from smpp.link import Link
from smpp.pdu import Address, CancelSm, DataSm, DeliverSm, DistributionList, QuerySm, ReplaceSm, SubmitMulti, SubmitSm
from smpp.settings import LinkSettings
from smpp.trace import Traced, describe, line

SOURCE, PHONE = Address("12580"), Address("8613800138000", 1, 1)


def tell(event: str, **rest: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **rest}) + "\n")
    sys.stdout.flush()


class Told(logging.Handler):
    """Log lines of the link among the events."""

    def emit(self, record: logging.LogRecord) -> None:
        tell("log", level=record.levelname, line=record.getMessage())


class Inbox:
    def __init__(self) -> None:
        self.taken = 0

    async def delivered(self, link: Link, pdu: DeliverSm, bind: str) -> int:
        (mode,) = {one.mode for one in link.status().binds if one.id == bind}
        self.taken += 1
        tell("delivered", text=pdu.payload.decode(), mode=mode)
        return 0


class Walk:
    """The things to do, each a method."""

    def __init__(self, link: Link, inbox: Inbox, reactor: Any) -> None:
        self.link, self.inbox, self._reactor = link, inbox, reactor

    async def bind(self) -> None:
        """Wait until every bind is there."""
        while not all(bind.state.startswith("bound") for bind in self.link.status().binds):
            await deferLater(self._reactor, 0.01)
        binds = self.link.status().binds
        tell("bound", binds=[[one.mode, one.smsc, one.version] for one in binds], ids=len({one.id for one in binds}))

    async def submit(self, text: str, **options: Any) -> None:
        answer = await self.link.submit(
            SubmitSm(source=SOURCE, destination=PHONE, short_message=text.encode()), **options
        )
        tell("answer", text=text, status=answer.status, id=answer.message_id)

    async def operations(self) -> None:
        await self.submit("hello")
        multi = SubmitMulti(
            source=SOURCE,
            destinations=(PHONE, Address("8613900139000", 1, 1), DistributionList("family")),
            short_message=b"to many",
        )
        requests = [
            multi,
            DataSm(source=SOURCE, destination=PHONE, tlvs={"message_payload": b"by data"}),
            QuerySm(message_id="id-1", source=SOURCE),
            CancelSm(message_id="id-1", source=SOURCE, destination=PHONE),
            ReplaceSm(message_id="id-1", source=SOURCE, short_message=b"another"),
        ]
        for request in requests:
            answer: Any = await self.link.request(request)
            rest = {
                name: str(getattr(answer, name)) for name in ("message_id", "message_state") if hasattr(answer, name)
            }
            refused = [one.address.number for one in getattr(answer, "unsuccess_sme", ())]
            tell("answer", name=answer.name, status=answer.status, refused=refused, **rest)

    async def window(self) -> None:
        await gatherResults([Deferred.fromCoroutine(self.submit("be slow")) for _ in range(12)])

    async def throttle(self) -> None:
        await self.submit("throttle me", urgent=True)
        tell("pace", throttled=self.link.throttled, count=self.link.counters["throttled"])

    async def asked(self) -> None:
        await self.submit("ask me")

    async def unbind(self) -> None:
        await self.submit("unbind me")
        while self.link.may_submit:
            await deferLater(self._reactor, 0.01)
        await self.bind()

    async def silence(self) -> None:
        """Let time pass until the link has asked."""
        await deferLater(self._reactor, 0.5)

    async def delivered(self) -> None:
        if self.link.may_submit:
            await self.submit("deliver")
        while self.inbox.taken < 2:
            await deferLater(self._reactor, 0.01)


def traced(one: Traced) -> None:
    tell("trace", sent=one.sent, line=line(describe(one.octets)))


async def main(reactor: Any, settings: str, *steps: str) -> None:
    logger = logging.getLogger("caredial.smpp")
    logger.setLevel(logging.INFO)
    logger.addHandler(Told())
    inbox = Inbox()
    link = Link("main", LinkSettings(**json.loads(settings)), inbox, reactor)
    link.watch(traced)
    link.startService()
    walk = Walk(link, inbox, reactor)
    for step in steps:
        await getattr(walk, step)()
    await link.stopService()
    tell("stopped", counters=dict(link.counters))


react(main, sys.argv[1:])
