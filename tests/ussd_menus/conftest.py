"""A network and its phones around the menus: everything as PDUs, nothing over a socket."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from smpp import ussd
from smpp.pdu import Address, SubmitSm, SubmitSmResp
from smpp.ussd import Dialect
from tests.crowd import Crowd
from ussd_menus.commands import Commands
from ussd_menus.menus import Menus
from ussd_menus.settings import MenuSettings


def _module(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


small_clinic = _module("small_clinic", Path(__file__).parents[1] / "dialogs" / "conftest.py")
seeded, house = small_clinic.seeded, small_clinic.house

SERVICE = Address("12580120")


class Slow:
    """A store whose answers come when the test says so."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._due: list[Callable[[], None]] = []
        self.slow = False

    def run(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if not self.slow:
            return self._inner.run(fn, *args, **kwargs)
        waiting: Deferred[Any] = Deferred()
        self._due.append(lambda: waiting.callback(self._inner.now.run_now(fn, *args, **kwargs)))
        return waiting

    @property
    def asked(self) -> int:
        """How many questions wait for their answers."""
        return len(self._due)

    def answer(self) -> None:
        """Everything that was asked so far is answered now; later questions at once."""
        self.slow = False
        due, self._due = self._due, []
        for answer in due:
            answer()


@dataclass
class Network:
    """The USSD side of one SMS centre, and all that it was sent. `outcome` is what becomes of the next submits."""

    house: Any
    settings: MenuSettings = field(default_factory=MenuSettings)
    dialect: Dialect = field(default_factory=Dialect)
    clock: Clock = field(default_factory=Clock)
    outcome: Callable[[], Any] = lambda: succeed(SubmitSmResp())
    sent: list[tuple[str, ussd.Request]] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    steps: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = self.house.runs = Slow(self.house.runs)
        self.crowd = Crowd(self.store)
        self.menus = Menus(
            self.house.desk,
            self.house.drafts,
            submit=self._submit,
            dialects=lambda _: self.dialect,
            clock=self.clock,
            settings=self.settings,
            counts=self,
            entrance=self.crowd,
        )

    def event(self, name: str) -> None:
        self.events[name] += 1

    def took(self, seconds: float) -> None:
        self.steps.append(seconds)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.house.wait(seconds=seconds)

    def hold(self) -> Callable[[], list[str]]:
        """From now on texts wait for their place on the link; tells which do, less those that were taken back."""
        waiting: list[tuple[str, Deferred[SubmitSmResp]]] = []

        def outcome() -> Deferred[SubmitSmResp]:
            waiting.append((self.sent[-1][1].text, Deferred()))
            return waiting[-1][1]

        self.outcome = outcome
        return lambda: [text for text, submitted in waiting if not submitted.called]

    def deliver(
        self, phone: str, op: Any, text: str = "", *, number: int = 1, link: str = "main", end: int = 0
    ) -> bool:
        """One deliver_sm of the network: whether it was taken. `number` is the session's, `end` the other octet."""
        numbers = {"its_session_info": bytes([number, end])}
        pdu = ussd.indicate(op, subscriber=Address(phone), service=SERVICE, text=text, numbers=numbers)
        indication = ussd.read(pdu, self.dialect)
        assert indication is not None
        return self.menus.received(link, indication, "bind-1")

    def _submit(self, link: str, bind: str, pdu: SubmitSm) -> Any:
        request = ussd.read_request(pdu, self.dialect)
        assert request is not None
        assert self.dialect.fits(request.text), request.text
        self.sent.append((link, request))
        return self.outcome()

    def phone(self, number: str = "8615400000001", session: int = 1, link: str = "main") -> Handset:
        return Handset(self, number, session, link)


@dataclass
class Handset:
    """A phone. `said` is what both sides said: "> " before what was typed, "(end)" after the last text."""

    network: Network
    number: str
    session: int
    link: str
    said: str = ""
    read: int = 0

    def dial(self, code: str, *answers: str) -> str:
        """Begin a session, give these answers; what both said from there on."""
        before = len(self.said)
        self._says("begin", code)
        self.types(*answers)
        return self.said[before:]

    def types(self, *answers: str) -> str:
        before = len(self.said)
        for answer in answers:
            self._says("answer", answer)
        return self.said[before:]

    def hangs_up(self) -> None:
        self.network.deliver(self.number, "release", number=self.session, link=self.link)

    def looks(self) -> str:
        """What came for this phone since it was last looked at."""
        before = len(self.said)
        mine = [r for link, r in self.network.sent if link == self.link and r.subscriber.number == self.number]
        for request in mine[self.read :]:
            assert request.number == f"s{self.session}"
            self.said += request.text + "\n" + ("(end)\n" if request.end else "")
        self.read = len(mine)
        return self.said[before:]

    def _says(self, op: str, text: str) -> None:
        self.said += f"> {text}\n"
        self.network.deliver(self.number, op, text, number=self.session, link=self.link)
        self.looks()

    def again(self, session: int) -> Handset:
        """The same phone with another session number of the network's."""
        return replace(self, session=session, said="")


@pytest.fixture
def make_network(house: Any) -> Callable[..., Network]:
    return partial(Network, house)


@pytest.fixture
def network(make_network: Callable[..., Network]) -> Network:
    return make_network()


@dataclass
class Texter:
    """A phone that sends SMS to the service number, and reads the replies.

    Its texts reach one node; `forgets`: which keeps nothing in memory from one text to the next.
    """

    house: Any
    settings: MenuSettings = field(default_factory=MenuSettings)
    phone: str = "+8615400000001"
    said: str = ""
    last: int = 0
    limits: list[tuple[str, int, int]] = field(default_factory=list)
    allowed: bool = True
    forgets: bool = False

    @cached_property
    def crowd(self) -> Crowd:
        return Crowd(self.house.desk.store)

    @cached_property
    def commands(self) -> Commands:
        house = self.house
        return Commands(house.desk, house.drafts, allow=self.allow, settings=self.settings, entrance=self.crowd)

    @property
    def left(self) -> list[str]:
        """Who has left the line."""
        return self.crowd.left

    async def allow(self, key: str, *, limit: int, seconds: int) -> bool:
        self.limits.append((key, limit, seconds))
        if self.house.kept.down:
            raise ConnectionError("the shared state is down")
        return self.allowed

    def send(self, *messages: str) -> str:
        """Send these texts; what both said from there on."""
        before = len(self.said)
        for text in messages:
            self.last += 1
            self.said += f"> {text}\n{self.answer(text, self.last)}\n"
        return self.said[before:]

    def answer(self, text: str, inbox: int) -> Any:
        return small_clinic.now_or_never(self.hand_in(text, inbox))

    def hand_in(self, text: str, inbox: int) -> Coroutine[Any, Any, str | None]:
        if self.forgets:
            self.restart()
        return self.commands.answer(self.phone, text, inbox)

    def beside(self, phone: str) -> Texter:
        """Another phone, whose texts reach the same node."""
        other = replace(self, phone=phone, said="", last=100 * self.last)
        other.__dict__ |= {"crowd": self.crowd, "commands": self.commands}
        return other

    def restart(self) -> None:
        """What was in the node's memory is gone."""
        self.__dict__.pop("commands", None)


@pytest.fixture
def texter(house: Any, request: pytest.FixtureRequest) -> Texter:
    return Texter(house, forgets=getattr(request, "param", False))
