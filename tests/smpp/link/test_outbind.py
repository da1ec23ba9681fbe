"""The SMSC calls us: who is let in, and who does not disturb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock

from smpp.codec import decode, encode
from smpp.link import Link
from smpp.link.outbind import MOST_CALLERS
from smpp.pdu import (
    BindReceiver,
    BindReceiverResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    Outbind,
    Pdu,
    Unbind,
    UnbindResp,
)
from smpp.session.framing import Framer
from smpp.settings import LinkSettings
from smpp.trace import Traced

Inbox = Any  # tests/smpp/conftest.py

RIGHT = Outbind(sequence=1, system_id="smsc", password="knock")
SETTINGS = {"bind": "receiver", "bind_timeout": 5, "outbind_port": 2775, "system_id": "clinic", "password": "secret"}


class Caller:
    """An SMSC that has connected to our port."""

    def __init__(self, protocol: Any, cable: Any) -> None:
        self.protocol, self.cable = protocol, cable
        cable.protocol = protocol
        protocol.makeConnection(cable)

    def say(self, *pdus: Pdu) -> None:
        self.protocol.dataReceived(b"".join(map(encode, pdus)))

    def heard(self) -> list[Pdu]:
        data = self.cable.value()
        self.cable.clear()
        return [decode(octets) for octets in Framer().feed(data)]


@pytest.fixture
def reactor() -> Any:
    return MemoryReactorClock()


@pytest.fixture
def link(reactor: Any, inbox: Inbox) -> Link:
    settings = LinkSettings(**SETTINGS, outbind_system_id="smsc", outbind_password="knock")  # type: ignore[arg-type]
    link = Link("main", settings, inbox, reactor)
    link.startService()
    return link


@pytest.fixture
def call(reactor: Any, cable_of: Callable[[Any], Any]) -> Callable[[], Caller | None]:
    def call() -> Caller | None:
        port, factory, _backlog, interface = reactor.tcpServers[-1]
        assert (port, interface) == (2775, "127.0.0.1")
        protocol = factory.buildProtocol(None)
        return protocol and Caller(protocol, cable_of(reactor))

    return call


def test_an_outbind_is_answered_by_our_bind_on_the_same_connection(link: Link, call: Any, inbox: Inbox) -> None:
    smsc = call()
    assert smsc.heard() == []
    smsc.say(RIGHT)
    assert smsc.heard() == [BindReceiver(sequence=1, system_id="clinic", password="secret")]

    smsc.say(BindReceiverResp(sequence=1, system_id="smsc"), DeliverSm(sequence=2, short_message=b"YY"))
    assert (link.bound, link.state) == (True, "bound as receiver")
    assert smsc.heard() == [DeliverSmResp(sequence=2)]
    assert len(inbox.taken) == 1


def test_a_watcher_that_came_while_the_caller_was_silent_sees_the_bind(link: Link, call: Any) -> None:
    smsc = call()
    seen: list[Traced] = []
    link.watch(seen.append)
    smsc.say(RIGHT)
    assert [decode(traced.octets).name for traced in seen] == ["bind_receiver"]
    assert seen[0].bind == link.status().binds[0].id


def test_we_connect_to_nobody(link: Link, reactor: Any) -> None:
    reactor.advance(3600)
    assert reactor.tcpClients == []


@pytest.mark.parametrize(
    "wrong",
    [
        Outbind(sequence=1, system_id="smsc", password="wrong"),
        Outbind(sequence=1, system_id="other", password="knock"),
        Outbind(sequence=1),
        Outbind(sequence=1, system_id="smsc", password="knöck"),
    ],
)
def test_a_wrong_name_or_password_is_closed(
    link: Link, call: Any, reactor: Any, wrong: Outbind, caplog: pytest.LogCaptureFixture
) -> None:
    smsc = call()
    smsc.say(wrong)
    reactor.advance(0)

    assert smsc.heard() == []
    assert smsc.cable.lost
    assert "an outbind with a wrong name or password" in caplog.text
    assert "knock" not in caplog.text


def test_who_says_nothing_is_closed_in_time(
    link: Link, call: Any, reactor: Any, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = call()
    reactor.advance(4.9)
    assert not stranger.cable.lost
    reactor.advance(0.1)
    reactor.advance(0)
    assert stranger.cable.lost
    assert "a caller is gone: no bind in time" in caplog.text


def test_who_says_anything_else_is_refused_and_closed_in_time(link: Link, call: Any, reactor: Any) -> None:
    stranger = call()
    stranger.say(DeliverSm(sequence=1))
    assert [answer.status for answer in stranger.heard()] == [0x04]
    stranger.protocol.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
    reactor.advance(0)
    assert stranger.heard() == [GenericNack(status=0x02)]
    assert stranger.cable.lost


def test_a_bind_that_lives_is_not_disturbed(
    link: Link, call: Any, reactor: Any, caplog: pytest.LogCaptureFixture
) -> None:
    smsc = call()
    smsc.say(RIGHT)
    smsc.say(BindReceiverResp(sequence=1))
    smsc.heard()

    again = call()
    again.say(RIGHT)
    strangers = [call() for _ in range(MOST_CALLERS)]
    reactor.advance(5)
    reactor.advance(0)

    assert again.cable.lost
    assert all(stranger.cable.lost for stranger in strangers)
    assert link.bound
    smsc.say(DeliverSm(sequence=3))
    assert smsc.heard() == [DeliverSmResp(sequence=3)]
    assert "an outbind while all its binds are there" in caplog.text


def test_callers_that_say_nothing_are_bounded(link: Link, call: Any, reactor: Any) -> None:
    strangers = [call() for _ in range(MOST_CALLERS)]
    assert all(strangers)
    assert call() is None
    reactor.advance(5)
    assert call() is not None


def test_after_a_loss_the_smsc_calls_again(link: Link, call: Any) -> None:
    first = call()
    first.say(RIGHT)
    first.say(BindReceiverResp(sequence=1))
    first.cable.drop()
    assert not link.bound

    second = call()
    second.say(RIGHT)
    second.say(BindReceiverResp(sequence=1))
    assert link.bound


def test_stopping_unbinds_and_listens_no_more(link: Link, call: Any, reactor: Any) -> None:
    smsc, stranger = call(), call()
    smsc.say(RIGHT)
    smsc.say(BindReceiverResp(sequence=1))
    smsc.heard()

    stopped = link.stopService()
    assert smsc.heard() == [Unbind(sequence=2)]
    smsc.say(UnbindResp(sequence=2))
    reactor.advance(0)

    assert stopped.called
    assert stranger.cable.lost
    assert reactor.getDelayedCalls() == []


def test_a_port_that_is_taken_is_tried_again(
    inbox: Inbox, reactor: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def taken(*_: Any, **__: Any) -> None:
        raise CannotListenError("127.0.0.1", 2775, OSError("in use"))

    link = Link("main", LinkSettings(**SETTINGS), inbox, reactor)  # type: ignore[arg-type]
    with monkeypatch.context() as patch:
        patch.setattr(reactor, "listenTCP", taken)
        link.startService()
    assert "cannot wait for the SMSC" in caplog.text
    reactor.advance(10)
    assert len(reactor.tcpServers) == 1
