"""Against programs that nobody here wrote: the npm package smpp as SMSC, smpplib's client as ESME; over real TCP."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from smpplib import client, consts, exceptions

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


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A key and a certificate for smsc.example, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smsc.example")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("smsc.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (tmp_path / "cert.pem").write_bytes(signed.public_bytes(pem))
    return tmp_path / "key.pem", tmp_path / "cert.pem"


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
    assert ("VerificationError" if mistake == "name" else "certificate verify failed") in line
    smsc.end()
    assert smsc.all("bind_transceiver") == []


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


def test_smpplib_client_with_a_wrong_password_is_refused(our_smsc: tuple[Program, int]) -> None:
    theirs = client.Client("127.0.0.1", our_smsc[1], timeout=5, allow_unknown_opt_params=True)
    theirs.connect()
    with pytest.raises(exceptions.PDUError, match="Invalid Password"):
        theirs.bind_transceiver(system_id="smpplib", password="wrong")
    theirs.disconnect()
    our_smsc[0].until("closed", reason="connection lost")
