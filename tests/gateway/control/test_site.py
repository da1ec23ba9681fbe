"""What the control socket answers, octet by octet, without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.address import UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from clinic.errors import ClinicError
from clinic.phones import BadPhone
from gateway.control import tracing
from gateway.control.site import Control
from ivr.ami.link import ServerStatus
from smpp import codec
from smpp.link import BindStatus, LinkStatus
from smpp.pdu import Address, DeliverSm, EnquireLink, Pdu, SubmitSm, SubmitSmResp
from smpp.settings import LinkSettings
from smpp.trace import Traced

PHONE = "8615400000009"


class FakeLink:
    """A link that says what it is told to say."""

    def __init__(self, name: str, **settings: Any) -> None:
        self.name, self.settings = name, LinkSettings(**settings)
        self.watchers: list[Callable[[Traced], None]] = []

    def status(self) -> LinkStatus:
        bind = BindStatus("b1", "transceiver", "bound as transceiver", 5.0, 3, 10, "SMSC", 0x34)
        return LinkStatus(self.name, "bound", True, False, 50.0, 25.0, 7, {"binds": 1}, (bind,))

    def watch(self, watcher: Callable[[Traced], None]) -> Callable[[], None]:
        self.watchers.append(watcher)
        return lambda: self.watchers.remove(watcher)

    def pdu(self, pdu: Pdu, *, sent: bool = True, bind: str = "b1") -> None:
        """This goes by."""
        for watcher in list(self.watchers):
            watcher(Traced(self.name, bind, 1.5, sent, codec.encode(pdu)))


class FakeServer:
    """An Asterisk that says how it does."""

    def status(self) -> ServerStatus:
        return ServerStatus(
            "main", "ready", True, 5.0, "Asterisk Call Manager/11.0.0", "here", 1, 2, 3.5, {"logins": 1}
        )


class Pushes:
    """Phones that do as the test says."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, ...]] = []
        self.says: Any = "yes"

    async def tell(self, link: str, phone: str, text: str) -> None:
        await self.ask(link, phone, text)

    async def ask(self, link: str, phone: str, text: str) -> str:
        self.shown.append((link, phone, text))
        if isinstance(self.says, Exception):
            raise self.says
        return str(await self.says if isinstance(self.says, Deferred) else self.says)


class Caller:
    """Someone at the other end of the socket."""

    def __init__(self, control: Control) -> None:
        site = control.site()
        site.reactor = Clock()
        self.transport = StringTransport(UNIXAddress("control.sock"), UNIXAddress(""))
        self.channel = site.buildProtocol(UNIXAddress(""))
        self.channel.makeConnection(self.transport)

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
        """Status and document; (0, None) while the answer is not there."""
        self.send(method, path, body)
        return self.answer()

    def send(self, method: str, path: str, body: bytes = b"") -> None:
        head = f"{method} {path} HTTP/1.1\r\nHost: caredial\r\nContent-Length: {len(body)}\r\n\r\n"
        self.channel.dataReceived(head.encode() + body)

    def answer(self) -> tuple[int, Any]:
        head, _, body = self.transport.value().partition(b"\r\n\r\n")
        return (int(head.split()[1]), json.loads(body)) if body else (0, None)

    def lines(self) -> list[Any]:
        """The documents of a trace so far (chunks are a line each)."""
        body = self.transport.value().partition(b"\r\n\r\n")[2]
        return [json.loads(line) for line in body.splitlines() if line.startswith(b"{")]

    def reads_no_more(self) -> None:
        self.transport.producer.pauseProducing()

    def reads_again(self) -> None:
        self.transport.producer.resumeProducing()

    def leaves(self) -> None:
        self.channel.connectionLost(Failure(ConnectionDone()))


@pytest.fixture
def links() -> dict[str, FakeLink]:
    return {"main": FakeLink("main"), "spare": FakeLink("spare", ussd="")}


@pytest.fixture
def pushes() -> Pushes:
    return Pushes()


@pytest.fixture
def control(links: dict[str, Any], pushes: Pushes) -> Control:
    servers: Any = {"main": FakeServer(), "spare": FakeServer()}
    return Control(links, pushes, servers, lambda: {"main": {"in": 7, "ringing": 1}}, lambda: {"rate": 80.5})


@pytest.fixture
def caller(control: Control) -> Caller:
    return Caller(control)


def submit(sequence: int = 1, phone: str = PHONE) -> SubmitSm:
    return SubmitSm(sequence=sequence, destination=Address(phone, 1, 1), short_message=b"your T-code")


def test_servers_are_told_with_their_calls(caller: Caller) -> None:
    status, document = caller.ask("GET", "/servers")
    assert (status, document["calls"]) == (200, 8)
    assert [server["calls"] for server in document["servers"]] == [{"in": 7, "ringing": 1}, {}]
    assert (document["servers"][0]["ready"], document["servers"][0]["ping"]) == (True, 3.5)


def test_links_are_told_with_their_binds(caller: Caller) -> None:
    status, document = caller.ask("GET", "/links")
    assert (status, [link["name"] for link in document["links"]]) == (200, ["main", "spare"])
    main = document["links"][0]
    assert (main["rate"], main["pace"], main["queued"], main["counters"]) == (50.0, 25.0, 7, {"binds": 1})
    assert main["binds"][0]["smsc"] == "SMSC"


def test_how_the_outbox_goes_is_told_with_the_links(caller: Caller) -> None:
    status, document = caller.ask("GET", "/sending")
    assert (status, document["rate"]) == (200, 80.5)
    assert [link["name"] for link in document["links"]] == ["main", "spare"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/links"), ("GET", "/ussd"), ("GET", "/kiosk")])
def test_nothing_else_is_there(caller: Caller, method: str, path: str) -> None:
    assert caller.ask(method, path)[0] in {404, 405}


class TestTrace:
    def test_pdus_come_as_they_go_by(self, caller: Caller, links: dict[str, FakeLink]) -> None:
        caller.send("GET", "/trace")
        links["main"].pdu(submit())
        links["spare"].pdu(EnquireLink(sequence=9), sent=False)
        first, second = caller.lines()
        assert (first["link"], first["bind"], first["at"], first["sent"]) == ("main", "b1", 1.5, True)
        assert first["pdu"]["name"] == "submit_sm"
        assert first["line"].startswith("submit_sm 1 ")
        assert (second["link"], second["sent"], second["line"]) == ("spare", False, "enquire_link 9")

    def test_numbers_are_masked_and_texts_hidden_unless_asked_for(self, control: Control, links: Any) -> None:
        hidden, shown = Caller(control), Caller(control)
        hidden.send("GET", "/trace")
        shown.send("GET", "/trace?texts=1")
        links["main"].pdu(submit())
        assert "your T-code" not in json.dumps(hidden.lines())
        assert "your T-code" in json.dumps(shown.lines())
        assert PHONE not in json.dumps([hidden.lines(), shown.lines()])

    def test_one_link_can_be_chosen(self, caller: Caller, links: dict[str, FakeLink]) -> None:
        caller.send("GET", "/trace?link=spare")
        links["main"].pdu(submit())
        links["spare"].pdu(submit(2))
        assert [line["link"] for line in caller.lines()] == ["spare"]

    def test_a_link_that_is_not_there_is_told(self, caller: Caller) -> None:
        status, document = caller.ask("GET", "/trace?link=mian")
        assert (status, document["message"]) == (404, "there is no link mian; there are: main, spare")

    def test_a_phone_can_be_chosen_and_the_answers_to_it_come_too(self, caller: Caller, links: Any) -> None:
        caller.send("GET", f"/trace?phone=%2B{PHONE}")
        main = links["main"]
        main.pdu(submit(1))
        main.pdu(submit(2, "8613800138000"))
        main.pdu(EnquireLink(sequence=3))
        main.pdu(DeliverSm(sequence=1, source=Address("8613800138000")), sent=False)
        main.pdu(SubmitSmResp(sequence=2, message_id="b"), sent=False)
        main.pdu(SubmitSmResp(sequence=1, message_id="x"), sent=False, bind="b2")  # of another bind
        main.pdu(SubmitSmResp(sequence=1, message_id="a"), sent=False)
        main.pdu(DeliverSm(sequence=8, source=Address(PHONE)), sent=False)
        names = [(line["pdu"]["name"], line["pdu"]["sequence"]) for line in caller.lines()]
        assert names == [("submit_sm", 1), ("submit_sm_resp", 1), ("deliver_sm", 8)]

    def test_a_national_number_finds_the_international_one(self, caller: Caller, links: Any) -> None:
        caller.send("GET", f"/trace?phone={PHONE[2:]}")
        links["main"].pdu(submit())
        assert len(caller.lines()) == 1

    def test_octets_that_are_no_pdu_are_shown_as_such(self, caller: Caller, links: Any) -> None:
        caller.send("GET", "/trace")
        for watcher in links["main"].watchers:
            watcher(Traced("main", "b1", 1.5, False, b"\0\0\0\x10garbage-here"))
        assert caller.lines()[0]["pdu"]["name"] == "malformed"

    def test_who_reads_too_slowly_is_told_how_much_was_left_out(
        self, caller: Caller, links: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tracing, "MOST_WAITING", 3)
        caller.send("GET", "/trace")
        caller.reads_no_more()
        for sequence in range(1, 9):
            links["main"].pdu(EnquireLink(sequence=sequence))
        assert caller.lines() == []
        caller.reads_again()
        links["main"].pdu(EnquireLink(sequence=9))
        assert [line.get("line") or line for line in caller.lines()] == [
            "enquire_link 1",
            "enquire_link 2",
            "enquire_link 3",
            {"dropped": 5},
            "enquire_link 9",
        ]

    def test_who_leaves_is_watched_for_no_more(self, caller: Caller, links: dict[str, FakeLink]) -> None:
        caller.send("GET", "/trace")
        assert len(links["main"].watchers) == 1
        caller.leaves()
        assert (links["main"].watchers, links["spare"].watchers) == ([], [])

    def test_stopping_ends_every_trace_in_order(self, caller: Caller, control: Control, links: Any) -> None:
        caller.send("GET", "/trace")
        control.stop()
        assert links["main"].watchers == []
        assert caller.transport.value().endswith(b"0\r\n\r\n")


class TestUssd:
    def wanted(self, **given: Any) -> bytes:
        return json.dumps({"link": "main", "phone": "+" + PHONE, "text": "hello", "ask": False, **given}).encode()

    def test_a_notice_is_shown(self, caller: Caller, pushes: Pushes) -> None:
        assert caller.ask("POST", "/ussd", self.wanted()) == (200, {"answer": None})
        assert pushes.shown == [("main", "+" + PHONE, "hello")]

    def test_a_question_waits_for_its_answer(self, caller: Caller, pushes: Pushes) -> None:
        pushes.says = waiting = Deferred()
        assert caller.ask("POST", "/ussd", self.wanted(ask=True)) == (0, None)
        waiting.callback("2")
        assert caller.answer() == (200, {"answer": "2"})

    @pytest.mark.parametrize(
        "body", [b"", b"[]", b"not json", b'{"link": "main"}', b'{"link": 1, "phone": "x", "text": "y"}']
    )
    def test_what_cannot_be_read_is_refused(self, caller: Caller, body: bytes) -> None:
        status, document = caller.ask("POST", "/ussd", body)
        assert (status, document["error"]) == (400, "bad_request")

    @pytest.mark.parametrize(("link", "status"), [("mian", 404), ("spare", 409)])
    def test_a_link_that_has_no_ussd_or_is_not_there(self, caller: Caller, link: str, status: int) -> None:
        assert caller.ask("POST", "/ussd", self.wanted(link=link))[0] == status

    def test_why_it_failed_is_told(self, caller: Caller, pushes: Pushes) -> None:
        class NotShown(ClinicError):
            retry = True

        pushes.says = NotShown("the network refused the text with 0xb")
        assert caller.ask("POST", "/ussd", self.wanted()) == (
            503,
            {"error": "NotShown", "message": "the network refused the text with 0xb"},
        )

    def test_a_bad_number_is_told(self, caller: Caller, pushes: Pushes) -> None:
        pushes.says = BadPhone("not a phone number")
        assert caller.ask("POST", "/ussd", self.wanted())[0] == 400
