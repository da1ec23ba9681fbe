"""The command as a process."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulators.cli import simulate
from smpp.codec import decode, encode
from smpp.pdu import BindReceiver, Outbind

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from simulators.cli import simulate; simulate()", "smsc"]


def test_caredial_finds_the_command() -> None:
    (found,) = entry_points(group="caredial.commands", name="simulate")
    assert found.load() is simulate


def test_it_says_where_it_is_and_stops_when_asked(simulator: Any) -> None:
    assert simulator.page.startswith("http://127.0.0.1:")
    assert simulator.get("api/network")["binds"] == []
    code, log = simulator.stop()
    assert (code, "Traceback" in log) == (0, False)


def test_a_taken_port_ends_it_with_a_clear_word(simulator: Any) -> None:
    command = [*simulator.process.args[:-4], "--port", str(simulator.port), "--http-port", "0"]
    second = subprocess.run(command, cwd=".", capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert f"port {simulator.port} (Address already in use): choose another with --port" in second.stderr
    assert "Traceback" not in second.stderr


def test_conditions_from_the_command_line(start: Any) -> None:
    simulator = start("--submit-latency", "0.5", "--submit-fail", "0.25", "--receipt-first")
    conditions = simulator.get("api/network")["conditions"]
    assert (conditions["submit_latency"], conditions["submit_fail"], conditions["receipt_first"]) == (0.5, 0.25, True)


def test_a_network_by_name_with_one_thing_otherwise(start: Any) -> None:
    simulator = start("--network", "slow", "--submit-latency", "0", "--bind-refuse", "RALYBND")
    conditions = simulator.get("api/network")["conditions"]
    assert (conditions["submit_latency"], conditions["receipt_delay"]) == (0, 60)
    assert conditions["bind_refuse"] == "ESME_RALYBND"


def test_a_status_that_is_none_ends_it_with_a_clear_word() -> None:
    wrong = subprocess.run(
        [*COMMAND, "--submit-refuse-with", "ESME_RNOSUCH"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert "--submit-refuse-with" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_outbind_over_tcp(start: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)
        start("--outbind", f"127.0.0.1:{listening.getsockname()[1]}", "--outbind-password", "secret")
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(30)
            assert decode(pdu(connection)) == Outbind(sequence=1, system_id="caredial-smsc", password="secret")
            connection.sendall(encode(BindReceiver(sequence=1, system_id="caredial", password="caredial")))
            answer = decode(pdu(connection))
            assert (answer.name, answer.status) == ("bind_receiver_resp", 0)


def test_smpp_over_tls(start: Any, tmp_path: Path) -> None:
    certificate = tmp_path / "smsc.pem"
    certificate.write_bytes(key_and_certificate("smsc.test"))
    simulator = start("--tls-certificate", str(certificate))
    trusting = ssl.create_default_context(cafile=str(certificate))
    with (
        socket.create_connection(("127.0.0.1", simulator.port), timeout=30) as plain,
        trusting.wrap_socket(plain, server_hostname="smsc.test") as connection,
    ):
        connection.sendall(encode(BindReceiver(sequence=1, system_id="caredial", password="caredial")))
        answer = decode(connection.recv(1024))
        assert (answer.name, answer.status) == ("bind_receiver_resp", 0)


def key_and_certificate(host: str) -> bytes:
    """A key and a certificate that it signs itself, as PEM."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM)


def test_a_file_without_a_certificate_ends_it_with_a_clear_word(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    command = [*COMMAND, "--port", "0", "--http-port", "0", "--tls-certificate", str(tmp_path / "empty.pem")]
    wrong = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)
    assert "--tls-certificate" in wrong.stderr


def pdu(connection: socket.socket) -> bytes:
    head = connection.recv(4, socket.MSG_WAITALL)
    return head + connection.recv(int.from_bytes(head, "big") - 4, socket.MSG_WAITALL)
