"""Against programs that nobody here wrote: the npm package smpp as SMSC, smpplib's client as ESME; over real TCP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from smpplib import client, consts, exceptions, smpp

PEER = Path(__file__).parent / "peer"
REPOSITORY = Path(__file__).parents[2]

PATIENCE = 60.0
"""Seconds after which a program is killed, so that waiting for what it never tells fails."""

pytestmark = pytest.mark.journey


class Program:
    """A peer in its own process that tells what happens as JSON lines."""

    def __init__(self, *command: str) -> None:
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.told: list[dict[str, Any]] = []
        self._patience = threading.Timer(PATIENCE, self.process.kill)
        self._patience.start()

    def until(self, event: str, **fields: Any) -> dict[str, Any]:
        """Read on to the first such event; fail if the program ends before it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.told.append(json.loads(line))
            if self.told[-1] | {"event": event, **fields} == self.told[-1]:
                return self.told[-1]
        raise AssertionError(f"no {event} {fields} among {self.told}")

    def end(self) -> None:
        """End it and read what else it told."""
        self.process.terminate()
        assert self.process.stdout is not None
        self.told += [json.loads(line) for line in self.process.stdout]

    def all(self, event: str) -> list[dict[str, Any]]:
        return [{k: v for k, v in told.items() if k != "event"} for told in self.told if told["event"] == event]

    def stop(self) -> None:
        self._patience.cancel()
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    with ExitStack() as stack:

        def start(*command: object) -> Program:
            started = Program(*map(str, command))
            stack.callback(started.stop)
            return started

        yield start


def esme(port: int, *texts: str, **settings: Any) -> list[str]:
    chosen = {"port": port, "system_id": "clinic", "password": "secret", "response_timeout": 2, **settings}
    return [sys.executable, str(PEER / "esme.py"), json.dumps(chosen), *texts]


def test_ussd_texts_receipts_and_a_graceful_stop_with_npm_smpp(
    program: Callable[..., Program], node_modules: Path
) -> None:
    smsc = program("node", PEER / "smsc.js", node_modules)
    long = "预约成功：凭取号码到中心就诊。" * 6
    ours = program(*esme(smsc.until("listening")["port"], "Booked: 5€", long, "no such number", "write to me"))

    stopped = ours.until("stopped")
    smsc.until("unbind")

    assert smsc.all("bind_transceiver") == [{"system_id": "clinic", "version": 0x34, "accepted": True}]
    assert ours.all("ussd") == [
        {"op": "begin", "key": "s42:8613800138000", "text": "*120*1#"},
        {"op": "answer", "key": "s42:8613800138000", "text": "1"},
    ]
    menu, end, *texts = smsc.all("submit_sm")
    assert (menu["text"], menu["op"], menu["session"], menu["from"]) == (
        "1 Book {visit}\n2 My visits", 0x02, "2a02", "*120#",
    )  # fmt: skip
    assert (end["text"], end["op"], end["session"], end["coding"]) == ("已预约。", 0x11, "2a07", 8)
    assert [text["text"] for text in texts] == ["Booked: 5€", long[:67], long[67:], "no such number", "write to me"]
    assert [text["udh"] for text in texts] == [None, ["0003070201"], ["0003070202"], None, None]
    assert [answer["status"] for answer in ours.all("answer")] == [0, 0, 0, 0x0B, 0]
    ids = [answer["id"] for answer in ours.all("answer") if not answer["status"]]
    assert [(r["id"], r["state"], r["final"]) for r in ours.all("receipt")] == [(i, "DELIVERED", True) for i in ids]
    assert [sms["text"] for sms in ours.all("sms")] == [("我要预约下周一上午的号" * 9)[:60]]
    assert {answer["status"] for answer in smsc.all("deliver_sm_resp")} == {0}
    assert smsc.all("error") == []
    assert stopped["counters"]["submitted"] == stopped["counters"]["answered"] == 7


def test_a_wrong_password_is_told(program: Callable[..., Program], node_modules: Path) -> None:
    smsc = program("node", PEER / "smsc.js", node_modules)
    ours = program(*esme(smsc.until("listening")["port"], password="wrong"))

    ours.until("log", level="ERROR", line="link main: the SMSC refuses our bind: ESME_RINVPASWD")
    ours.until("log", level="INFO", line="link main closed: unbound")


def test_tls_with_the_right_name(
    program: Callable[..., Program], node_modules: Path, certificate: tuple[Path, Path]
) -> None:
    smsc = program("node", PEER / "smsc.js", node_modules, *certificate)
    tls = {"tls": True, "tls_ca": str(certificate[1]), "tls_hostname": "smsc.example"}
    ours = program(*esme(smsc.until("listening")["port"], "over TLS", **tls))

    ours.until("stopped")
    smsc.until("unbind")

    assert smsc.all("submit_sm")[-1]["text"] == "over TLS"


@pytest.mark.parametrize("mistake", ["name", "authority"])
def test_tls_with_a_certificate_that_does_not_prove_it(
    program: Callable[..., Program], node_modules: Path, certificate: tuple[Path, Path], mistake: str
) -> None:
    smsc = program("node", PEER / "smsc.js", node_modules, *certificate)
    tls: dict[str, Any] = {"tls": True, "tls_hostname": "smsc.example", "tls_ca": str(certificate[1])}
    tls |= {"tls_hostname": "other.example"} if mistake == "name" else {"tls_ca": None}
    ours = program(*esme(smsc.until("listening")["port"], **tls))

    line = ours.until("log", level="WARNING")["line"]

    assert line.startswith("link main closed: connection lost")
    assert ("tls_hostname" if mistake == "name" else "tls_ca") in line
    smsc.end()
    assert smsc.all("bind_transceiver") == []


def walk(port: int, *steps: str, **settings: Any) -> list[str]:
    chosen = {"port": port, "system_id": "clinic", "password": "secret", "response_timeout": 2, **settings}
    return [sys.executable, str(PEER / "operations.py"), json.dumps(chosen), *steps]


@pytest.fixture
def npm(program: Callable[..., Program], node_modules: Path) -> tuple[Program, int]:
    """The npm package as an SMSC that knows every operation, and its port."""
    smsc = program("node", PEER / "operations.js", node_modules)
    return smsc, smsc.until("listening")["port"]


MODES = {
    "transceiver": ["transceiver"],
    "transmitter": ["transmitter"],
    "receiver": ["receiver"],
    "pair": ["transmitter", "receiver"],
}


@pytest.mark.parametrize("bind", MODES)
def test_every_operation_in_every_mode_with_npm_smpp(
    program: Callable[..., Program], npm: tuple[Program, int], bind: str
) -> None:
    smsc, port = npm
    submits, receives = bind != "receiver", bind != "transmitter"
    steps = ["bind", *["operations"] * submits, *["delivered"] * receives]
    ours = program(*walk(port, *steps, bind=bind, address_range="^1258"))

    stopped = ours.until("stopped")
    for _ in MODES[bind]:
        smsc.until("unbind")

    bound = {"system_id": "clinic", "version": 0x34, "range": "^1258"}
    assert smsc.all("bind") == [{"mode": mode, **bound} for mode in MODES[bind]]
    assert ours.all("bound") == [{"binds": [[mode, "npm", 0x34] for mode in MODES[bind]], "ids": len(MODES[bind])}]
    if submits:
        assert smsc.all("submit_multi") == [{"to": ["8613800138000", "8613900139000", "family"], "text": "to many"}]
        assert smsc.all("data_sm") == [{"to": "8613800138000", "text": "by data"}]
        assert smsc.all("query_sm") == [{"id": "id-1", "from": "12580"}]
        assert smsc.all("cancel_sm") == [{"id": "id-1", "to": "8613800138000"}]
        assert smsc.all("replace_sm") == [{"id": "id-1", "text": "another"}]
        assert ours.all("answer")[:6] == [
            {"text": "hello", "status": 0, "id": "id-1"},
            {"name": "submit_multi_resp", "status": 0, "refused": ["8613900139000"], "message_id": "multi"},
            {"name": "data_sm_resp", "status": 0, "refused": [], "message_id": "data"},
            {"name": "query_sm_resp", "status": 0, "refused": [], "message_id": "id-1", "message_state": "2"},
            {"name": "cancel_sm_resp", "status": 0, "refused": []},
            {"name": "replace_sm_resp", "status": 0x13, "refused": []},
        ]
    if receives:
        texts = [{"text": text, "mode": MODES[bind][-1]} for text in ("YY", "by data")]
        assert [one for one in ours.all("delivered") if one in texts][:2] == texts
        assert smsc.all("answer")[:2] == [{"name": "deliver_sm", "status": 0}, {"name": "data_sm", "status": 0}]
        assert stopped["counters"]["alerts"] >= 1
    assert smsc.all("error") == []
    assert [one for one in ours.all("trace") if one["line"].startswith("malformed")] == []


def test_the_window_and_answers_in_the_wrong_order(program: Callable[..., Program], npm: tuple[Program, int]) -> None:
    smsc, port = npm
    ours = program(*walk(port, "bind", "window", window=4))
    ours.until("stopped")
    smsc.until("unbind")

    assert max(slow["open"] for slow in smsc.all("slow")) == 4
    ids = [answer["id"] for answer in ours.all("answer")]
    assert sorted(ids) == sorted(f"slow-{sequence}" for sequence in range(2, 14))
    assert ids[:4] == ["slow-5", "slow-4", "slow-3", "slow-2"]


def test_a_throttled_menu_goes_again_and_an_enquire_link_goes_both_ways(
    program: Callable[..., Program], npm: tuple[Program, int]
) -> None:
    smsc, port = npm
    ours = program(*walk(port, "bind", "throttle", "asked", "silence", enquire_link=0.2, rate=50))
    ours.until("stopped")
    smsc.until("unbind")

    assert ours.all("answer") == [
        {"text": "throttle me", "status": 0, "id": "at last"},
        {"text": "ask me", "status": 0, "id": "asked"},
    ]
    assert ours.all("pace") == [{"throttled": True, "count": 2}]
    assert smsc.all("enquire_link_resp") == [{"status": 0}]
    assert len(smsc.all("enquire_link")) >= 1


def test_the_server_unbinds_and_the_link_finishes_and_comes_back(
    program: Callable[..., Program], npm: tuple[Program, int]
) -> None:
    smsc, port = npm
    ours = program(*walk(port, "bind", "unbind", "operations", reconnect_min=0.1))
    ours.until("stopped")
    smsc.until("unbind")

    assert ours.all("answer")[0] == {"text": "unbind me", "status": 0, "id": "before the end"}
    assert smsc.all("unbind_resp") == [{"status": 0}]
    assert len(smsc.all("bind")) == 2


def test_several_binds_of_one_account(program: Callable[..., Program], npm: tuple[Program, int]) -> None:
    smsc, port = npm
    ours = program(*walk(port, "bind", "window", binds=3, window=4))
    ours.until("stopped")
    for _ in range(3):
        smsc.until("unbind")

    assert ours.all("bound")[0]["ids"] == 3
    assert max(slow["open"] for slow in smsc.all("slow")) == 12


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def test_npm_smpp_calls_us_with_an_outbind(program: Callable[..., Program], node_modules: Path) -> None:
    port = free_port()
    knock = {"outbind_port": port, "outbind_system_id": "npm", "outbind_password": "knock", "bind": "receiver"}
    ours = program(*walk(1, "bind", "delivered", **knock))
    ours.until("log")

    stranger = program("node", PEER / "operations.js", node_modules, port, "wrong")
    stranger.until("closed")
    smsc = program("node", PEER / "operations.js", node_modules, port, "knock")
    ours.until("stopped")
    smsc.until("unbind")

    assert stranger.all("bind") == []
    assert [bind["mode"] for bind in smsc.all("bind")] == ["receiver"]
    assert [one["text"] for one in ours.all("delivered")] == ["YY", "by data"]
    assert {"sent": False, "line": "outbind 1 system_id=npm"} in ours.all("trace")


@pytest.fixture
def our_smsc(program: Callable[..., Program]) -> tuple[Program, int]:
    smsc = program(sys.executable, PEER / "smsc.py")
    return smsc, smsc.until("listening")["port"]


def test_smpplib_client_binds_submits_receives_queries_and_unbinds(our_smsc: tuple[Program, int]) -> None:
    smsc, port = our_smsc
    answers: list[Any] = []
    received: list[Any] = []
    theirs = client.Client("127.0.0.1", port, timeout=5, allow_unknown_opt_params=True)
    theirs.set_message_sent_handler(lambda pdu: answers.append(pdu.message_id))
    theirs.set_message_received_handler(lambda pdu: received.append(pdu.short_message))
    theirs.set_query_resp_handler(lambda pdu: answers.append(pdu.message_state))
    theirs.connect()

    response = theirs.bind_transceiver(system_id="smpplib", password="secret")
    assert (response.status, theirs.state) == (0, consts.SMPP_CLIENT_STATE_BOUND_TRX)
    theirs.send_message(source_addr="12580", destination_addr="8613800138000", short_message=b"hello")
    theirs.read_once()
    theirs.read_once()
    theirs.query_message(message_id="id-1", source_addr_ton=0, source_addr_npi=0, source_addr="12580")
    theirs.read_once()
    theirs.unbind()
    theirs.disconnect()

    assert answers == [b"id-1", 2]
    assert received == [b"YY"]
    smsc.until("closed")
    assert smsc.all("submit_sm") == [{"to": "8613800138000", "text": b"hello".hex()}]
    assert smsc.all("deliver_sm_resp") == [{"status": 0}]
    assert smsc.all("closed") == [{"reason": "unbound by the other side"}]


@pytest.fixture
def theirs(our_smsc: tuple[Program, int]) -> Iterator[Any]:
    """smpplib's client, connected; what it was told is in `answers` and `received`."""
    with connected(our_smsc[1]) as connection:
        yield connection


@contextmanager
def connected(port: int) -> Iterator[Any]:
    one = client.Client("127.0.0.1", port, timeout=5, allow_unknown_opt_params=True)
    one.answers, one.received = [], []
    one.set_message_sent_handler(lambda pdu: one.answers.append(pdu.status or pdu.message_id))
    one.set_message_received_handler(lambda pdu: one.received.append(pdu.short_message))
    one.set_error_pdu_handler(lambda pdu: None)  # the one above gets it as well
    one.connect()
    yield one
    one.disconnect()


def submit(theirs: Any, text: bytes) -> None:
    theirs.send_message(source_addr="12580", destination_addr="8613800138000", short_message=text)


def test_smpplib_as_a_transmitter_keeps_a_window(our_smsc: tuple[Program, int], theirs: Any) -> None:
    theirs.bind_transmitter(system_id="smpplib", password="secret")
    for text in (b"one", b"refuse me", b"throttle me", b"two"):
        submit(theirs, text)
    for _ in range(4):
        theirs.read_once()
    theirs.unbind()

    assert theirs.answers == [b"id-1", 0x0B, 0x58, b"id-1"]
    our_smsc[0].until("closed", reason="unbound by the other side")
    assert len(our_smsc[0].all("submit_sm")) == 4


def test_smpplib_as_a_receiver(our_smsc: tuple[Program, int], theirs: Any) -> None:
    theirs.bind_receiver(system_id="smpplib", password="secret")
    theirs.read_once()
    theirs.unbind()

    assert theirs.received == [b"YY"]
    our_smsc[0].until("closed", reason="unbound by the other side")
    assert our_smsc[0].all("deliver_sm_resp") == [{"status": 0}]


def test_our_smsc_unbinds_smpplib_after_its_window(our_smsc: tuple[Program, int], theirs: Any) -> None:
    theirs.bind_transmitter(system_id="smpplib", password="secret")
    submit(theirs, b"unbind me")
    theirs.read_once()
    unbind = theirs.read_pdu()
    assert (theirs.answers, unbind.command) == ([b"id-1"], "unbind")

    theirs.disconnect()  # smpplib 2.2.4 does not answer an unbind
    our_smsc[0].until("closed", reason="connection lost")


def test_smpplib_and_our_smsc_ask_each_other(program: Callable[..., Program]) -> None:
    smsc = program(sys.executable, PEER / "smsc.py", "0.1")
    with connected(smsc.until("listening")["port"]) as theirs:
        theirs.bind_transceiver(system_id="smpplib", password="secret")
        for _ in range(3):  # our enquire_links; unanswered, two would end the session
            asked = theirs.read_pdu()
            assert asked.command == "enquire_link"
            theirs._enquire_link_received(asked)
        theirs.send_pdu(smpp.make_pdu("enquire_link", client=theirs))
        answer = theirs.read_pdu()
        assert (answer.command, answer.status) == ("enquire_link_resp", 0)


def test_smpplib_client_with_a_wrong_password_is_refused(our_smsc: tuple[Program, int]) -> None:
    theirs = client.Client("127.0.0.1", our_smsc[1], timeout=5, allow_unknown_opt_params=True)
    theirs.connect()
    with pytest.raises(exceptions.PDUError, match="Invalid Password"):
        theirs.bind_transceiver(system_id="smpplib", password="wrong")
    theirs.disconnect()
    our_smsc[0].until("closed", reason="connection lost")
