"""TLS over a real socket: with the right name, and with a certificate that does not prove it."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ivr.ami.framing import Framer
from ivr.ami.messages import read, response

PEER = Path(__file__).with_name("tls_peer.py")
BANNER, BOOTED = b"Asterisk Call Manager/11.0.0\r\n", b"Event: FullyBooted\r\n\r\n"


def answer(listening: socket.socket, context: ssl.SSLContext) -> None:
    """Take one connection; log in whoever it is."""
    with suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True) as connection:
        connection.sendall(BANNER)
        framer = Framer(banner=False)
        while data := connection.recv(4096):
            for action in map(read, framer.feed(data)):
                status = "Goodbye" if action.get("Action") == "Logoff" else "Success"
                connection.sendall(response(status, [("ActionID", action.action_id)]))
                connection.sendall(BOOTED if action.get("Action") == "Login" else b"")


@pytest.fixture
def port(certificate: tuple[Path, Path]) -> Iterator[int]:
    """An Asterisk's port that speaks TLS as smsc.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        thread = Thread(target=answer, args=(listening, context))
        thread.start()
        yield listening.getsockname()[1]
        thread.join(60)


def said(port: int, **tls: Any) -> str:
    """What the link said first."""
    chosen = {"port": port, "login": "plain", "username": "ivr", "secret": "s3cret", "tls": True, **tls}
    command = [sys.executable, str(PEER), json.dumps(chosen)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_the_right_name(port: int, certificate: tuple[Path, Path]) -> None:
    assert said(port, tls_ca=str(certificate[1]), tls_hostname="smsc.example") == "ready Asterisk Call Manager/11.0.0"


def test_another_name(port: int, certificate: tuple[Path, Path]) -> None:
    assert "tls_hostname" in said(port, tls_ca=str(certificate[1]), tls_hostname="other.example")


def test_an_unknown_authority(port: int) -> None:
    assert "tls_ca" in said(port, tls_hostname="smsc.example")
