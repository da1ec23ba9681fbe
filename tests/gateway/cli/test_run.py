"""The daemon as a process: it says when it is ready, ends in order, and says what is in its way."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from gateway.cli.init import SAMPLE_SETTINGS
from tests.gateway.cli.conftest import ROOT, free_port

SECONDS = 60
CALLER = "15400000031"


class Handset:
    """A telephone of the handset page, by its API."""

    def __init__(self, page: str, number: str) -> None:
        self._phone, self.call = f"{page}api/phones/{number}", {}

    def do(self, what: str, **body: str) -> None:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._phone}/{what}", json.dumps(body).encode(), headers)
        urllib.request.urlopen(request, timeout=SECONDS).close()

    def until(self, true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The call, once it is so."""
        end = time.monotonic() + SECONDS
        while not (self.call and true(self.call)):
            assert time.monotonic() < end, f"{self.call}"
            time.sleep(0.05)
            with urllib.request.urlopen(self._phone, timeout=SECONDS) as answer:
                self.call = json.load(answer)["call"]
        return self.call

    def hears(self, words: str) -> str:
        """What is said, once these words are in it."""
        return str(self.until(lambda call: call["saying"] and words in call["saying"]["text"])["saying"]["text"])


@pytest.fixture
def hotline(place: Any, ports: dict[str, str], caredial: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The hotline of the sample, which says everything in a hurry; its prompts stay in var/ for the next time."""
    config = place.folder / "caredial.toml"
    ours = "[ivr]" + SAMPLE_SETTINGS.partition("[ivr]")[2].format(manager_port=5038, money_port=free_port())
    config.write_text(config.read_text() + ours)
    prompts = {"FOLDER": str(ROOT / "var" / "prompts-of-tests"), "WORDS_PER_MINUTE": "400"}
    given = {f"IVR__PROMPTS__{name}": value for name, value in prompts.items()}
    for name, value in given.items():
        monkeypatch.setenv(f"CAREDIAL_{name}", value)
    assert caredial("prompts", "build").exit_code == 0
    return {**ports, **given, "IVR__SERVERS__MAIN__PORT": str(free_port())}


def test_with_the_simulator_the_handset_page_calls_the_hotline(running: Any, hotline: dict[str, str]) -> None:
    with running("--with-simulator", "--handset-port", "0", **hotline) as daemon:
        daemon.wait_for(r"mobile money: http://127\.0\.0\.1:\d+ \(client caredial, merchant caredial\)")
        page = daemon.wait_for(r"handset page: (\S+)")[1]
        daemon.wait_for("hotline: dial 12580 on the handset page")
        daemon.wait_for("Asterisk main: logged in")
        daemon.wait_for("ready: ")
        handset = Handset(page, CALLER)
        handset.do("call", to="12580")
        assert handset.hears("请选择服务").startswith("您好，欢迎致电社区卫生服务热线")
        handset.do("key", key="1")
        handset.hears("请选择中心")
        handset.do("key", key="0")
        handset.hears("正在为您转接人工服务")
        operator = Handset(page, "15499990000")
        operator.until(lambda call: call["state"] == "ringing")
        operator.do("answer")
        assert handset.until(lambda call: call["partner"])["partner"] == "15499990000"
        operator.do("hangup")
        assert handset.until(lambda call: call["state"] == "ended")["ending"] == "over"
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.end() == 0, daemon.said
        assert "Traceback" not in daemon.said


def test_a_hotline_without_prompts_says_so_at_the_start(running: Any, hotline: dict[str, str]) -> None:
    with running("--with-simulator", "--handset-port", "0", **{**hotline, "IVR__PROMPTS__FOLDER": "none"}) as daemon:
        daemon.wait_for(r"hotline: 12580 answers no call, \d+ prompts are missing: run `caredial prompts build`")


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
