"""Residents at their phones beside a broadcast: some look for a place, some ask for their T-code again and again.

`python -m benchmarks.phones LOOKING_STEPS CODES` plays a USSD gateway with residents of the sample behind it: the first
line that it prints is its port; from its first bind on, so many steps a second are taken by those who look, and so
many T-codes asked for. Ended with SIGTERM it prints what it has seen, in JSON. Open loop: a step is due by the clock,
whether or not earlier ones are answered. The T-codes themselves come as SMS, over the link that broadcasts use.
"""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain, cycle
from typing import Any

from twisted.internet.defer import Deferred

from benchmarks.ussd import SERVICE, STEPS
from smpp import ussd
from smpp.link.connection import Connection
from smpp.pdu import Address, Bind, Pdu, SubmitSm, SubmitSmResp, answer_to
from smpp.session import Options, Role
from smpp.session.events import Event, Request

LOOK = STEPS
BOOK = (*STEPS[:-1], "1")
AGAIN = ("*120*2#", "1", "1")
"""My visits, the visit, send its T-code once more."""
BOOKERS, LOOKERS = range(1, 13), range(13, 201)
WARM_SECONDS = 1.0
LAST_SECONDS = 5.0
"""What the last steps have to be answered in, before they count as unanswered."""


def number_of(n: int) -> str:
    """Of the sample: each has somebody to book for."""
    return f"86154{n:08d}"


class Phone:
    """Dials and answers in turn. `steps`: what it enters, and whether a T-code is asked for by it."""

    def __init__(self, number: str, session: int, steps: Iterator[tuple[str, bool]]) -> None:
        self.number, self._session, self._steps = number, session, steps
        self._unit = 0
        self.asked_at = 0.0

    def enter(self, due: float) -> tuple[Pdu, bool]:
        text, asks = next(self._steps)
        begin = text.startswith("*")
        self._unit = 0 if begin else (self._unit + 1) % 128
        self.asked_at = due
        pdu = ussd.indicate(
            "begin" if begin else "answer",
            subscriber=Address(self.number, 1, 1),
            service=SERVICE,
            text=text,
            numbers={"its_session_info": bytes([self._session, self._unit << 1])},
        )
        return pdu, asks


def _steps(*words: str) -> list[tuple[str, bool]]:
    """The last one asks for a T-code when it says yes to a booking, or chooses to have it sent."""
    return [(word, n == len(words) and word == "1") for n, word in enumerate(words, 1)]


class Crowd:
    """Phones that take so many steps a second between them; the one that has waited longest goes next."""

    def __init__(self, phones: list[Phone], rate: float) -> None:
        self._rate, self._taken, self._started = rate, 0, 0.0
        self.idle = deque(phones)

    def start(self, at: float) -> None:
        self._started = at

    def due(self, now: float) -> Iterator[tuple[Phone, float]]:
        """Whose turn it is, and since when."""
        while self.idle and self._started + self._taken / self._rate <= now:
            yield self.idle.popleft(), self._started + self._taken / self._rate
            self._taken += 1


class Network:
    """The USSD gateway: takes the bind, shows what the residents enter, notes how long each next screen takes."""

    def __init__(self, reactor: Any, crowds: list[Crowd]) -> None:
        self._reactor, self._crowds = reactor, crowds
        self._waiting: dict[str, tuple[Phone, Crowd]] = {}
        self._asked = 0
        self._over = False
        # All moments are seconds since 1970: they are laid beside times of the sink and of the database.
        self.steps: list[tuple[float, float]] = []
        self.codes: list[tuple[str, float]] = []

    def told(self) -> dict[str, Any]:
        return {"asked": self._asked, "steps": self.steps, "codes": self.codes}

    def opened(self, connection: Connection) -> None:
        pass

    def happened(self, connection: Connection, events: list[Event], now: float) -> None:
        for event in events:
            if isinstance(event, Request):
                self._requested(connection, event.pdu)

    def _requested(self, connection: Connection, pdu: Pdu) -> None:
        if isinstance(pdu, Bind):
            response = answer_to(pdu)
            assert response is not None
            connection.answer(pdu, response)
            for crowd in self._crowds:
                crowd.start(time.time() + WARM_SECONDS)
            self._go(connection)
        elif isinstance(pdu, SubmitSm):
            self._shown(pdu)
            connection.answer(pdu, SubmitSmResp(message_id="1"))

    def stop(self) -> Deferred[None]:
        """No more steps; fires when the last are answered, or will not be any more."""
        self._over = True
        answered: Deferred[None] = Deferred()
        self._await_last(answered, self._reactor.seconds() + LAST_SECONDS)
        return answered

    def _await_last(self, answered: Deferred[None], end: float) -> None:
        if self._waiting and self._reactor.seconds() < end:
            self._reactor.callLater(0.01, self._await_last, answered, end)
        else:
            answered.callback(None)

    def _go(self, connection: Connection) -> None:
        if self._over:
            return
        for crowd in self._crowds:
            for phone, due in crowd.due(time.time()):
                pdu, asks = phone.enter(due)
                self._waiting[phone.number] = phone, crowd
                self._asked += 1
                if asks:
                    self.codes.append((phone.number, due))
                connection.send(pdu)
        self._reactor.callLater(0.002, self._go, connection)

    def _shown(self, pdu: SubmitSm) -> None:
        found = self._waiting.pop(pdu.destination.number, None)
        if found is not None:
            phone, crowd = found
            self.steps.append((phone.asked_at, time.time() - phone.asked_at))
            crowd.idle.append(phone)


def main(looking_steps: float, codes: float) -> None:
    from twisted.internet import reactor as any_reactor
    from twisted.internet.protocol import Factory

    reactor: Any = any_reactor
    look, book, again = _steps(*LOOK), _steps(*BOOK), _steps(*AGAIN)
    lookers = [Phone(number_of(n), n % 256, cycle(look)) for n in LOOKERS]
    bookers = [Phone(number_of(n), n % 256, chain(book, cycle(again))) for n in BOOKERS]
    network = Network(reactor, [Crowd(lookers, looking_steps), Crowd(bookers, codes * len(AGAIN))])
    options = Options(window=1000, inbound=1000)
    factory = Factory.forProtocol(lambda: Connection(Role.SMSC, options, network, reactor))
    print(reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port, flush=True)
    reactor.addSystemEventTrigger("before", "shutdown", network.stop)
    reactor.run()
    print(json.dumps(network.told()), flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]))
