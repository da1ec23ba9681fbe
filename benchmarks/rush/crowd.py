"""The crowd, and the network that it hangs on: `python -m benchmarks.rush.crowd PEOPLE`.

SMS centre, Asterisk and telephones are the simulators', in a process of their own; their ports are the first line that
is printed. The line that comes then says when the places are released (seconds since 1970): each resident begins a
while after that, most of them soon, answers "1" to whatever is asked after a moment of reading, and begins anew where
the network or the gateway ends a conversation without having said yes or no. At the end one document of JSON is
printed: each resident's way, and each wait for an answer.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from simulators.asterisk.exchange import Exchange, Hotline
from simulators.asterisk.server import ManagerServer
from simulators.asterisk.telephones import Telephone
from simulators.phones import Handset
from simulators.server import OPTIONS, Server
from simulators.smsc import Service, Smsc
from simulators.ussd import Turn

CODE, SERVICE, HOTLINE = "*120#", "12580120", "12580"
BOOKED, CONFIRM, HOLD = "预约成功", "确认预约", "不要挂机"
REFUSED = ("没有可约", "已约满", "已停止预约", "无法办理", "已约该科室", "候补")
AGAIN_SECONDS = 10.0, 40.0
"""Between the end of a conversation and the next try: to read what was told, and to dial."""
THINKS_SECONDS = 1.0, 4.0
"""Between reading a question and answering it, on every channel alike: what differs is the gateway's then."""
MEAN_SECONDS = 20.0
"""After the release, until somebody begins: exponential, so that half of them begin within 14 s."""
LONGEST = 300.0
MOST_ANSWERS, MOST_TRIES = 15, 20


@dataclass(slots=True)
class Way:
    """A resident's way. Moments in seconds since 1970, 0 where they never came to it."""

    phone: str
    channel: str
    began: float = 0
    confirmed: float = 0
    ended: float = 0
    outcome: str = ""
    tries: int = 0
    waits: list[float] = field(default_factory=list)
    """For the next question or the last words, each time; `first` those for the first of a conversation."""
    first: list[float] = field(default_factory=list)


class Resident(ABC):
    """Somebody who answers "1" until they are told yes or no."""

    def __init__(self, crowd: Crowd, phone: str, channel: str) -> None:
        self.crowd, self.way = crowd, Way(phone, channel)
        self.asked_at = 0.0
        self.answers = 0

    def begin(self) -> None:
        if self.way.outcome:
            return
        now = time.time()
        self.way.began = self.way.began or now
        self.way.tries += 1
        self.answers, self.asked_at = 0, now
        self.dial()

    def told(self, text: str, *, asks: bool) -> None:
        """The gateway has answered; where it asks for more it gets a "1" after a moment."""
        if self.way.outcome or HOLD in text:
            return
        now = time.time()
        if self.asked_at:
            (self.way.waits if self.answers else self.way.first).append(now - self.asked_at)
            self.asked_at = 0.0
        if BOOKED in text:
            self._end("booked", now)
        elif any(word in text for word in REFUSED):
            self._end("refused", now)
        elif asks and self.answers < MOST_ANSWERS:
            self.crowd.later(self.crowd.chance.uniform(*THINKS_SECONDS), self.answer_one, CONFIRM in text)
        elif not asks:
            self.dropped()

    def dropped(self) -> None:
        """Ended without a yes or no: once more, a while later."""
        self.asked_at = 0.0
        if not self.way.outcome and self.way.tries < MOST_TRIES:
            self.crowd.later(self.crowd.chance.uniform(*AGAIN_SECONDS), self.begin)

    def answer_one(self, confirms: bool) -> None:
        if self.way.outcome:
            return
        now = time.time()
        if self.enter("1"):
            self.answers += 1
            self.asked_at = now
            self.way.confirmed = now if confirms else self.way.confirmed

    def _end(self, outcome: str, now: float) -> None:
        self.way.outcome, self.way.ended = outcome, now
        self.crowd.ended(self)
        self.crowd.later(0, self.leave)

    @abstractmethod
    def dial(self) -> None:
        """Begin, by this channel."""

    @abstractmethod
    def enter(self, key: str) -> bool:
        """Whether it could be: the conversation may have ended meanwhile."""

    def leave(self) -> None:  # noqa: B027  only a telephone has to be hung up
        """They have been told."""


class ByUssd(Resident):
    def __init__(self, crowd: Crowd, phone: str, channel: str) -> None:
        super().__init__(crowd, phone, channel)
        self._shown = ""
        crowd.smsc.phones.get(phone).subscribe(self._changed)

    def dial(self) -> None:
        handset = self.crowd.smsc.phones.get(self.way.phone)
        if handset.in_session:
            self.dropped()
        else:
            self._shown = ""
            self.crowd.smsc.dialogues.dial(self.way.phone, CODE)

    def enter(self, key: str) -> bool:
        session = self.crowd.smsc.phones.get(self.way.phone).ussd
        if session is None or session.turn is not Turn.SUBSCRIBER:
            return False
        self._shown = ""
        self.crowd.smsc.dialogues.answer(self.way.phone, key)
        return True

    def _changed(self, handset: Handset) -> None:
        session = handset.ussd
        if session is None or session.turn is Turn.APPLICATION:
            return
        shown = f"{session.turn}{session.text}"
        if shown != self._shown:
            self._shown = shown
            self.told(session.text, asks=session.turn is Turn.SUBSCRIBER)


class BySms(Resident):
    def __init__(self, crowd: Crowd, phone: str, channel: str) -> None:
        super().__init__(crowd, phone, channel)
        self._read = 0
        crowd.smsc.phones.get(phone).subscribe(self._changed)

    def dial(self) -> None:
        self.enter("1")

    def enter(self, key: str) -> bool:
        self.crowd.smsc.send_sms(self.way.phone, SERVICE, key)
        return True

    def _changed(self, handset: Handset) -> None:
        for sms in list(handset.messages):
            if sms.id > self._read and not sms.outgoing:
                self._read = sms.id
                self.told(sms.text, asks=True)


class ByVoice(Resident):
    """Presses the key soon after a prompt has begun that is not the one before."""

    def __init__(self, crowd: Crowd, phone: str, channel: str) -> None:
        super().__init__(crowd, phone, channel)
        self._heard = 0

    @property
    def _telephone(self) -> Telephone:
        return self.crowd.exchange.phones.get(self.way.phone)

    def dial(self) -> None:
        telephone = self._telephone
        if not self._heard:
            telephone.subscribe(self._changed)
        self._heard = -1
        self.crowd.exchange.call(self.way.phone, HOTLINE)

    def enter(self, key: str) -> bool:
        if not self._telephone.in_call:
            return False
        self._telephone.press(key)
        return True

    def leave(self) -> None:
        if self._telephone.in_call:
            self._telephone.hang_up()

    def _changed(self) -> None:
        call = self._telephone.call
        if call is None:
            return
        if call.state == "ended":
            self.dropped()
        elif call.saying is not None and call.saying.id != self._heard:
            self._heard = call.saying.id
            self.told(call.saying.text, asks=True)


KINDS = {"ussd": ByUssd, "sms": BySms, "voice": ByVoice}
SHARES = {"ussd": 0.6, "sms": 0.3, "voice": 0.1}


class Crowd:
    """All residents, and the network."""

    def __init__(self, reactor: Any, people: int) -> None:
        self._reactor, self.chance = reactor, random.Random(7)
        self.smsc = Smsc(reactor, Service(queue=200_000), chance=self.chance)
        self.exchange = Exchange(reactor, Hotline(speed=4.0), chance=self.chance)
        self.server = Server(self.smsc, reactor, replace(OPTIONS, window=100))
        channels = [channel for channel, share in SHARES.items() for _ in range(round(people * share))]
        self.chance.shuffle(channels)
        self.residents = [KINDS[channel](self, f"154{n:08d}", channel) for n, channel in enumerate(channels)]
        self._left = len(self.residents)

    def listen(self) -> tuple[int, int]:
        smpp = self._reactor.listenTCP(0, self.server, interface="127.0.0.1")
        ami = self._reactor.listenTCP(0, ManagerServer(self.exchange), interface="127.0.0.1")
        return smpp.getHost().port, ami.getHost().port

    def later(self, seconds: float, do: Any, *given: Any) -> None:
        self._reactor.callLater(seconds, do, *given)

    def go(self, release: float) -> None:
        wait = max(0.0, release - time.time())
        for resident in self.residents:
            self.later(wait - MEAN_SECONDS * math.log(1 - self.chance.random()), resident.begin)
        self._tick()
        self.later(wait + LONGEST, self._reactor.stop)

    def ended(self, resident: Resident) -> None:
        self._left -= 1
        if not self._left:
            self.later(3, self._reactor.stop)  # the last T-codes

    def _tick(self) -> None:
        self.smsc.dialogues.tick()
        self.later(1, self._tick)


def main(people: int) -> None:
    from twisted.internet import reactor as any_reactor
    from twisted.internet.threads import deferToThread

    reactor: Any = any_reactor
    crowd = Crowd(reactor, people)
    print(*crowd.listen(), flush=True)
    deferToThread(sys.stdin.readline).addCallback(lambda line: crowd.go(float(line)))
    reactor.run()
    print(json.dumps([asdict(resident.way) for resident in crowd.residents]), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
