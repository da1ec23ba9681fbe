"""The daemon as a process: it says when it is ready, ends in order, and says what is in its way."""

from __future__ import annotations

import signal
import socket
import urllib.request
from typing import Any

import pytest

SECONDS = 60


def test_with_the_simulator_it_binds_is_ready_and_ends_at_sigterm(
    place: Any, running: Any, ports: dict[str, str]
) -> None:
    with running("--with-simulator", "--handset-port", "0", **ports) as daemon:
        handset = daemon.wait_for(r"handset page: (\S+)")[1]
        address = daemon.wait_for(r"ready: (\S+)\n")[1]
        daemon.wait_for("link main bound as transceiver")
        for page in (handset, address):
            with urllib.request.urlopen(page, timeout=SECONDS) as answer:
                assert answer.status == 200
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.send_signal(signal.SIGINT)
        assert daemon.end() == 0, daemon.said
        assert "Traceback" not in daemon.said
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(handset, timeout=SECONDS)


def test_a_killed_daemon_leaves_no_simulator_behind(place: Any, running: Any, ports: dict[str, str]) -> None:
    with running("--with-simulator", "--handset-port", "0", **ports) as daemon:
        daemon.wait_for("ready: ")
        daemon.process.kill()
        daemon.process.wait(SECONDS)
        while daemon._read(SECONDS):  # the simulator holds the other end until it ends
            pass
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", int(ports["SMPP__LINKS__MAIN__PORT"])), SECONDS)


def test_a_taken_port_gets_a_clear_error(place: Any, running: Any, ports: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(**{**ports, "HTTP__PORT": str(port)}) as daemon:
            assert daemon.end() == 1
            assert f"Error: cannot listen on 127.0.0.1:{port} ([http] port)" in daemon.said
            assert "Traceback" not in daemon.said


def test_a_taken_port_of_the_simulator_too(place: Any, running: Any, ports: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running("--with-simulator", "--handset-port", str(port), **ports) as daemon:
            assert daemon.end() == 1
            assert f"cannot listen on 127.0.0.1 port {port}" in daemon.said
            assert "--handset-port" in daemon.said
            assert "Traceback" not in daemon.said


def test_wrong_settings_are_told_with_exit_code_2(place: Any, running: Any) -> None:
    with running(HTTP__PORT="eighty", LOG__LEVEL="loud") as daemon:
        assert daemon.end() == 2
        assert "http.port" in daemon.said
        assert "log.level" in daemon.said


def test_a_certificate_that_is_not_there(place: Any, running: Any, ports: dict[str, str]) -> None:
    tls = {"SMPP__LINKS__MAIN__TLS": "true", "SMPP__LINKS__MAIN__TLS_CA": "gone.pem"}
    with running(**ports, **tls) as daemon:
        assert daemon.end() == 1
        assert "Error: [smpp.links.main] tls_ca: " in daemon.said
        assert "Traceback" not in daemon.said


def test_an_old_database_says_what_to_do(place: Any, running: Any, ports: dict[str, str]) -> None:
    place.store.engine.dispose()
    (place.folder / "caredial.db").write_bytes(b"")
    with running("--with-simulator", **ports) as daemon:
        assert daemon.end() == 1
        assert "run `caredial db upgrade`" in daemon.said
        assert "smpp:" not in daemon.said
