"""The SMS centre of the year, as senders meet it: it refuses, loses answers and receipts, and tells some too early.

It stands in the place of links: what goes over them is shown elsewhere (`tests/faults`). What it has taken is the
ledger of what phones got.
"""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from clinic import outbox, receipts
from clinic.outbox import Outgoing, SentPart, Settled
from clinic.receipts import Told
from clinic.rules import Rules
from gateway.store import Store
from smpp.kinds import MessageClass

LINK = "main"
ROOMS: dict[MessageClass, int] = {"code": 400, "answer": 400, "notice": 400, "bulk": 0}
AGAIN = dt.timedelta(minutes=10)
# Of a thousand messages: how many meet what.
REFUSED, THROTTLED, UNANSWERED, LOST_RECEIPT, EARLY_RECEIPT = 4, 30, 6, 50, 30


class Taken(NamedTuple):
    """A message on a phone: when the SMS centre took it, and whether it has told us so."""

    message: int
    phone: str
    text: str
    at: dt.datetime
    answered: bool


@dataclass
class Network:
    store: Store
    rules: Rules
    random: random.Random
    taken: list[Taken] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    _receipts: list[tuple[dt.datetime, int, str, str]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def send(self, node: str, now: dt.datetime, *, dies: bool = False) -> int:
        """One round of this node's sender; how many it claimed. One that `dies` has sent half of it, and no answer."""
        claimed = self.store.run_now(outbox.claim, sender=node, rooms=ROOMS, now=now, rules=self.rules)
        outcomes = []
        for place, message in enumerate(claimed):
            if dies and place >= len(claimed) / 2:
                self.met["claimed by a node that was killed"] += 1
                continue
            outcomes.append(self._submit(message, now, heard=not dies))
        if dies:
            self.met["answers lost with the node that was killed"] += len(outcomes)
        elif outcomes:
            self.store.run_now(outbox.settle_many, outcomes=outcomes, now=now)
        return len(claimed)

    def tell(self, now: dt.datetime) -> None:
        """The receipts that are due by now."""
        due: list[Told] = []
        while self._receipts and self._receipts[0][0] <= now:
            _, _, smsc_id, state = heapq.heappop(self._receipts)
            due.append(Told(smsc_id, state))
        if due:
            self.store.run_now(receipts.record, link=LINK, told=due, now=now)

    def _submit(self, message: Outgoing, now: dt.datetime, *, heard: bool) -> Settled:
        fate = self.random.randrange(1000)
        if fate < REFUSED:
            self.met["refused"] += 1
            return Settled(message, error="ESME_RINVDSTADR")
        fate -= REFUSED
        if fate < THROTTLED:
            self.met["throttled"] += 1
            return Settled(message, error="ESME_RTHROTTLED", retry_at=now + AGAIN, counts=False)
        fate -= THROTTLED
        answered = fate >= UNANSWERED
        self.taken.append(Taken(message.id, message.phone, message.text, now, answered and heard))
        if not answered:
            self.met["taken, and the answer lost"] += 1
            again = now + AGAIN if message.attempts == 0 else None
            return Settled(message, error="no answer", retry_at=again, unknown=True)
        smsc_id = f"{next(self._numbers):X}"
        self._receipt(smsc_id, now)
        return Settled(message, [SentPart(1, LINK, smsc_id)], segments=1)

    def _receipt(self, smsc_id: str, now: dt.datetime) -> None:
        fate = self.random.randrange(1000)
        if fate < LOST_RECEIPT:
            self.met["receipts lost"] += 1
            return
        state = "undeliverable" if self.random.randrange(100) == 0 else "delivered"
        if fate < LOST_RECEIPT + EARLY_RECEIPT:
            self.met["receipts before their answer"] += 1
            self.store.run_now(receipts.record, link=LINK, told=[Told(smsc_id, state)], now=now)
            return
        later = now + dt.timedelta(seconds=self.random.expovariate(1 / 600))
        heapq.heappush(self._receipts, (later, next(self._numbers), smsc_id, state))
