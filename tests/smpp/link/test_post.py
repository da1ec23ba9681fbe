"""Messages that are posted: prepared octets out, and their owner is told exactly once what came of each."""

from __future__ import annotations

import logging
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet import tcp
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock

from smpp import status
from smpp.codec import decode, encode
from smpp.kinds import MessageClass
from smpp.link import Link, LinkDown, NotAnswered, Submit
from smpp.link.connection import Connection
from smpp.pdu import (
    Address,
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    GenericNack,
    SubmitSm,
    SubmitSmResp,
)
from smpp.session import Options, Role
from smpp.session.framing import Framer
from smpp.session.posted import Posted
from smpp.settings import LinkSettings
from smpp.status import StatusClass
from smpp.trace import Traced

Smsc = Inbox = Any  # tests/smpp/conftest.py


class Owner:
    """Keeps what it is told, as text and outcome."""

    def __init__(self) -> None:
        self.told: list[tuple[bytes, Any]] = []
        self.then: Callable[[], object] = bool

    def answered(self, submit: Submit) -> None:
        self.told.append((words_of(submit), (submit.status, submit.message_id)))
        self.then()

    async def delivered(self, link: Link, pdu: DeliverSm, bind: str) -> int:
        return status.ESME_ROK

    def unanswered(self, submit: Submit, error: Exception) -> None:
        assert submit.error is error
        self.told.append((words_of(submit), type(error)))


def words_of(submit: Submit) -> bytes:
    pdu = decode(submit.octets)
    assert isinstance(pdu, SubmitSm)
    return pdu.short_message


@pytest.fixture
def owner() -> Owner:
    return Owner()


def post(
    link: Link, owner: Any, *texts: bytes, rank: MessageClass = "bulk", urgent: bool = False, bind: str = ""
) -> list[Submit]:
    submits = [
        Submit(encode(SubmitSm(destination=Address("8615400000001", 1, 1), short_message=text)), rank, owner)
        for text in texts
    ]
    for submit in submits:
        link.post(submit, urgent=urgent, bind=bind)
    return submits


def heard(smsc: Smsc, **where: Any) -> list[bytes]:
    return [pdu.short_message for pdu in smsc.heard(**where)]


def test_answers_go_to_the_owner(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make(window=3, errors={"0x0401": "temporary"})
    smsc.accept_bind()
    one, two, three = post(link, owner, b"1", b"2", b"3")
    assert [(pdu.sequence, pdu.short_message) for pdu in smsc.heard()] == [(2, b"1"), (3, b"2"), (4, b"3")]
    assert (link.window_used, owner.told) == (3, [])

    smsc.say(
        SubmitSmResp(sequence=3, status=0x0401),
        SubmitSmResp(sequence=2, message_id="A"),
        GenericNack(sequence=4),
    )

    assert owner.told == [(b"2", (0x0401, "")), (b"1", (0, "A")), (b"3", (status.ESME_RUNKNOWNERR, ""))]
    assert (one.kind, two.kind, three.kind) == (StatusClass.OK, StatusClass.TEMPORARY, StatusClass.TEMPORARY)
    assert (link.window_used, link.counters["submitted"], link.counters["answered"]) == (0, 3, 3)


def test_a_submit_has_all_that_its_bases_have(owner: Owner) -> None:
    submit = Submit(b"", "bulk", owner)
    names = {name for base in Submit.__mro__ for name in getattr(base, "__slots__", ())}
    assert {name for name in names if not hasattr(submit, name)} == set()


def test_no_answer_in_time_and_a_late_one_is_a_stray(
    make: Callable[..., Link], smsc: Smsc, clock: Clock, owner: Owner
) -> None:
    link = make()
    smsc.accept_bind()
    post(link, owner, b"1")
    clock.advance(10)
    assert owner.told == [(b"1", NotAnswered)]
    smsc.say(SubmitSmResp(sequence=2, message_id="late"))
    assert (owner.told, link.counters["timed out"], link.counters["stray"]) == ([(b"1", NotAnswered)], 1, 1)


def test_a_loss_tells_the_written_from_the_waiting(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make(window=1)
    smsc.accept_bind()
    post(link, owner, b"1", b"2", b"3")
    smsc.drop()
    assert owner.told == [(b"1", NotAnswered), (b"2", LinkDown), (b"3", LinkDown)]


def test_a_link_that_is_down_says_so_but_not_from_within_post(
    make: Callable[..., Link], clock: Clock, owner: Owner
) -> None:
    link = make()
    post(link, owner, b"1", b"2")
    assert owner.told == []
    clock.advance(0)
    assert owner.told == [(b"1", LinkDown), (b"2", LinkDown)]


def test_stopping_turns_away_what_waits(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make(window=1)
    smsc.accept_bind()
    post(link, owner, b"1", b"2")
    link.stopService()
    assert owner.told == [(b"2", LinkDown)]


def test_what_an_answer_makes_room_for_leaves_in_one_write(
    make: Callable[..., Link], smsc: Smsc, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = make(window=3)
    smsc.accept_bind()
    post(link, owner, b"1", b"2", b"3", b"4")
    smsc.heard()
    owner.then = lambda: post(link, owner, b"more")
    writes: list[bytes] = []
    monkeypatch.setattr(smsc.cable, "write", writes.append)

    smsc.say(*(SubmitSmResp(sequence=n) for n in (2, 3, 4)), DeliverSm(sequence=1))

    (written,) = writes
    pdus = [decode(octets) for octets in Framer().feed(written)]
    assert [getattr(pdu, "short_message", pdu.name) for pdu in pdus] == ["deliver_sm_resp", b"4", b"more", b"more"]


def test_who_wants_to_know_is_told_before_anything_is_written(
    make: Callable[..., Link], smsc: Smsc, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = make(window=2)
    smsc.accept_bind()
    happened: list[Any] = []
    link.before_write(lambda batch: happened.append([words_of(each) for each in batch if isinstance(each, Submit)]))
    owner.then = lambda: happened.append("answered")
    monkeypatch.setattr(smsc.cable, "write", lambda octets: happened.append(f"written: {len(octets)}"))
    submits = post(link, owner, b"1", b"2", b"3", b"4", b"5")
    size = len(submits[0].octets)
    assert happened == [[b"1"], f"written: {size}", [b"2"], f"written: {size}"]

    happened.clear()
    smsc.say(SubmitSmResp(sequence=2), SubmitSmResp(sequence=3))
    assert happened == ["answered", "answered", [b"3", b"4"], [], f"written: {2 * size}"]

    happened.clear()
    smsc.say(SubmitSmResp(sequence=4), SubmitSmResp(sequence=5))
    smsc.say(SubmitSmResp(sequence=6))
    assert happened == ["answered", "answered", [b"5"], [], f"written: {size}", "answered", []]


def test_an_owner_that_fails_keeps_nobody_else_from_the_answers(
    make: Callable[..., Link], smsc: Smsc, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def answered(self, submit: Submit) -> None:
            raise RuntimeError("no room")

        def unanswered(self, submit: Submit, error: Exception) -> None:
            raise RuntimeError("no room")

    link = make(window=2)
    smsc.accept_bind()
    post(link, Broken(), b"1")
    post(link, owner, b"2")
    post(link, Broken(), b"3")
    smsc.say(SubmitSmResp(sequence=2), SubmitSmResp(sequence=3))
    smsc.drop()
    assert owner.told == [(b"2", (0, ""))]
    assert caplog.text.count("RuntimeError: no room") == 2


def test_throttling_slows_the_link_and_is_the_answer(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make(rate=10)
    smsc.accept_bind()
    post(link, owner, b"1")
    smsc.say(SubmitSmResp(sequence=2, status=status.ESME_RTHROTTLED))
    assert owner.told == [(b"1", (status.ESME_RTHROTTLED, ""))]
    assert (link.throttled, link.counters["throttled"]) == (True, 1)


def test_what_is_urgent_is_written_again_after_a_throttle_answer(
    make: Callable[..., Link], smsc: Smsc, clock: Clock, owner: Owner
) -> None:
    link = make(rate=10, window=1)
    smsc.accept_bind()
    post(link, owner, b"menu", urgent=True)
    post(link, owner, b"later")
    smsc.heard()
    smsc.say(SubmitSmResp(sequence=2, status=status.ESME_RTHROTTLED))
    assert owner.told == []
    clock.advance(1)
    assert heard(smsc) == [b"menu"]
    smsc.say(SubmitSmResp(sequence=3, message_id="A"))
    assert owner.told == [(b"menu", (0, "A"))]


def test_an_answer_about_the_bind_binds_anew(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    make_link = make()
    smsc.accept_bind()
    (submit,) = post(make_link, owner, b"1")
    smsc.heard()
    smsc.say(SubmitSmResp(sequence=2, status=status.ESME_RINVBNDSTS))
    assert submit.kind is StatusClass.BIND
    assert [pdu.name for pdu in smsc.heard()] == ["unbind"]
    assert not make_link.may_submit


def test_classes_take_turns(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make(window=1)
    smsc.accept_bind()
    post(link, owner, b"first")
    for rank in ("bulk", "notice", "answer", "code"):
        post(link, owner, rank.encode(), rank=rank)
    post(link, owner, b"ussd", urgent=True)
    written = heard(smsc)
    for sequence in range(2, 7):
        smsc.say(SubmitSmResp(sequence=sequence))
        written += heard(smsc)
    assert written == [b"first", b"ussd", b"code", b"answer", b"notice", b"bulk"]


def test_bulk_gets_its_share_while_codes_wait(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make(window=40)
    smsc.accept_bind()
    post(link, owner, *[b"first"] * 40)
    post(link, owner, *[b"bulk"] * 100)
    post(link, owner, *[b"code"] * 100, rank="code")
    smsc.heard()
    smsc.say(*(SubmitSmResp(sequence=n) for n in range(2, 42)))
    assert Counter(heard(smsc)) == {b"code": 38, b"bulk": 2}


def test_shares_come_by_argument(clock: Clock, smsc: Smsc, owner: Owner) -> None:
    link = Link("main", LinkSettings(window=10), owner, clock, target=smsc, shares={"bulk": 0.5})
    link.startService()
    smsc.accept_bind()
    post(link, owner, *[b"first"] * 10)
    post(link, owner, *[b"bulk"] * 10)
    post(link, owner, *[b"code"] * 10, rank="code")
    smsc.heard()
    smsc.say(*(SubmitSmResp(sequence=n) for n in range(2, 12)))
    assert heard(smsc) == [b"code", b"bulk"] * 5


def test_the_freest_bind_takes_the_next_and_a_named_one_its_own(
    make: Callable[..., Link], smsc: Smsc, owner: Owner
) -> None:
    link = make(window=2, binds=2)
    smsc.accept_bind()
    one = smsc.cable
    smsc.accept_bind()
    two = smsc.cable
    post(link, owner, b"a", b"b", b"c", bind=link.status().binds[1].id)
    assert (heard(smsc, on=one), heard(smsc, on=two)) == ([], [b"a", b"b"])
    post(link, owner, b"d", b"e", b"f")
    assert (heard(smsc, on=one), heard(smsc, on=two)) == ([b"d", b"e"], [])
    smsc.say(SubmitSmResp(sequence=2), on=two)
    assert heard(smsc, on=two) == [b"c"]


def test_a_watcher_sees_what_is_posted(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make()
    smsc.accept_bind()
    seen: list[Traced] = []
    link.watch(seen.append)
    post(link, owner, b"1")
    (traced,) = seen
    assert traced.sent
    assert decode(traced.octets) == SubmitSm(sequence=2, destination=Address("8615400000001", 1, 1), short_message=b"1")


def test_a_receiver_that_knows_at_once_answers_at_once(make: Callable[..., Link], smsc: Smsc, inbox: Inbox) -> None:
    make(inbound=1)
    smsc.accept_bind()
    inbox.answer = lambda: status.ESME_RX_P_APPN
    smsc.say(*(DeliverSm(sequence=n) for n in range(1000)))
    assert smsc.heard() == [DeliverSmResp(sequence=n, status=status.ESME_RX_P_APPN) for n in range(1000)]


def test_ten_thousand_leave_nothing_behind(make: Callable[..., Link], smsc: Smsc, owner: Owner) -> None:
    link = make(window=100)
    smsc.accept_bind()
    for _ in range(100):
        post(link, owner, *[b"x"] * 100)
        smsc.say(*(SubmitSmResp(sequence=pdu.sequence) for pdu in smsc.heard()))
    assert len(owner.told) == 10_000
    assert (link.queued, link.window_used, link._binds[0].connection.session._window._pending) == (0, 0, {})  # type: ignore[union-attr]


class Idle:
    """An owner that only listens."""

    def opened(self, connection: Connection) -> None: ...

    def happened(self, connection: Connection, events: list[Any], now: float) -> None: ...


@pytest.mark.parametrize(("away", "sent_at_once"), [(0.002, False), (0.02, True)])
def test_to_an_smsc_far_away_the_next_goes_at_once(away: float, sent_at_once: bool) -> None:
    """On a real socket; the reactor never polls, so what is written was written by us."""
    clock = MemoryReactorClock()
    ours = Connection(Role.ESME, Options(window=1), Idle(), clock)
    posted = [Posted(encode(SubmitSm(short_message=b"x"))) for _ in range(2)]
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.setblocking(False)
        theirs, _ = server.accept()
        theirs.settimeout(0.2)
        wire = tcp.Connection(client, ours, clock)
        ours.makeConnection(wire)
        wire.connected = True
        ours.send(BindTransceiver(system_id="clinic"))
        ours.dataReceived(encode(BindTransceiverResp(sequence=1)))
        ours.post(posted[:1], clock.seconds())
        wire.doWrite()
        theirs.recv(1000)
        clock.advance(away)
        ours.dataReceived(encode(SubmitSmResp(sequence=2, message_id="a")))
        ours.post(posted[1:], clock.seconds())
        if sent_at_once:
            assert theirs.recv(1000).endswith(b"x")
        else:
            with pytest.raises(TimeoutError):
                theirs.recv(1000)
        theirs.close()


def test_on_a_real_socket_nothing_waits_to_fill_a_segment() -> None:
    ours = Connection(Role.ESME, Options(), Idle(), Clock())
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert not client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        ours.makeConnection(tcp.Connection(client, ours, MemoryReactorClock()))
        assert client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


DEEDS = ("post", "post", "post", "answer", "answer", "throttle", "wait", "lose", "connect")


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Any:
    logger = logging.getLogger("caredial.smpp")
    yield
    logger.setLevel(logging.NOTSET)


@settings(max_examples=100)
@given(done=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 1000)), max_size=50))
def test_every_message_comes_to_exactly_one_true_end(smsc_of: Any, done: list[tuple[str, int]]) -> None:
    logging.getLogger("caredial.smpp").setLevel(logging.CRITICAL)
    clock, owner = Clock(), Owner()
    smsc = smsc_of(clock)
    link = Link("main", LinkSettings(window=3, enquire_link=0), owner, clock, target=smsc, jitter=lambda: 1.0)
    link.startService()
    written: Counter[bytes] = Counter()
    throttled: Counter[bytes] = Counter()
    open_: list[SubmitSm] = []
    posted = 0

    def listen() -> None:
        for pdu in smsc.heard():
            if isinstance(pdu, SubmitSm):
                written[pdu.short_message] += 1
                open_.append(pdu)

    smsc.accept_bind()
    for deed, number in done:
        if deed == "post":
            post(link, owner, b"%d" % posted, urgent=number % 3 == 0, rank=("code", "bulk")[number % 2])
            posted += 1
        elif deed in ("answer", "throttle") and open_ and link.bound:
            pdu = open_.pop(number % len(open_))
            in_time = any(pdu.sequence == p for p in link._binds[0].connection.session._window._pending)  # type: ignore[union-attr]
            throttled[pdu.short_message] += in_time and deed == "throttle"
            smsc.say(
                SubmitSmResp(
                    sequence=pdu.sequence, status=status.ESME_RTHROTTLED if deed == "throttle" else 0, message_id="A"
                )
            )
        elif deed == "wait":
            clock.advance(number % 13)
        elif deed == "lose" and link.bound:
            smsc.drop()
            open_.clear()
        elif deed == "connect" and not link.bound and not smsc._attempt[1].called:
            smsc.accept_bind()
        listen()
    link.stopService()
    clock.pump([10, 10, 10, 10])

    ends = dict(owner.told)
    assert len(owner.told) == len(ends) == posted
    for text, end in ends.items():
        if end is LinkDown:
            assert written[text] == throttled[text]
        elif end is NotAnswered:
            assert written[text] == throttled[text] + 1
        else:
            assert written[text] == throttled[text] + (end[0] != status.ESME_RTHROTTLED)
