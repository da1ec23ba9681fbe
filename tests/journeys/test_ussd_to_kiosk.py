"""A resident dials, books, gets the T-code by SMS, opens it, and the kiosk takes it once."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tcode import reading

pytestmark = pytest.mark.journey

CHINESE = "8615400000001"  # of the sample: registered, speaks Chinese
ENGLISH = "8615499999999"  # known to nobody


def code_of(gateway: Any, sms: str) -> tuple[str, str]:
    """The text in the QR of the page that an SMS leads to, and the number to type."""
    link = re.search(r"https?://[^/]+(/t/[A-Za-z0-9_-]+)", sms)
    number = re.search(r"\d{4} \d{4} \d{4}", sms)
    assert link, sms
    assert number, sms
    page = gateway.get(link[1]).decode()
    assert number[0] in page
    (code,) = reading.read(gateway.get(f"{link[1]}.png"))
    return code, number[0]


def talks(gateway: Any) -> float:
    """How many are inside, of those who stand in the one line of all channels."""
    found = re.search(r"^caredial_talks (\S+)$", gateway.get("/metrics").decode(), re.MULTILINE)
    assert found
    return float(found[1])


def test_chinese(gateway: Any, phone: Any) -> None:
    resident = phone(CHINESE)
    assert "预约看病" in resident.dial("*120#")
    resident.choose("预约看病", "东苑", "全科")
    assert talks(gateway) == 1
    resident.choose("月")  # the first day: today
    resident.choose("上午")
    assert "确认预约" in resident.choose("本人")
    assert re.search(r"第\d+号", resident.choose("确认"))
    assert resident.ended
    assert talks(gateway) == 0

    sms = resident.read_sms()
    assert resident.segments > 1, "a long SMS came in one segment"
    code, number = code_of(gateway, sms)
    taken = gateway.check(code)
    assert taken["outcome"] == "genuine"
    assert f"第{taken['queue']}号" in sms
    assert gateway.check(code)["outcome"] == "used"
    assert gateway.check(number)["outcome"] == "used"


def test_english_first_time_then_cancelled(gateway: Any, phone: Any) -> None:
    resident = phone(ENGLISH)
    resident.dial("*120*6#")
    resident.choose("English")
    assert "Book a visit" in resident.dial("*120#")
    resident.choose("Book a visit", "Dongyuan", "General")
    resident.choose(" left")
    resident.choose("am ")
    assert "Name" in resident.screen
    resident.answer("Alice Example")
    assert "valid" in resident.answer("110101202301310015")
    resident.answer("110101202301310014")
    resident.choose("Yes")
    assert "Booked: no." in resident.screen

    code, number = code_of(gateway, resident.read_sms())
    assert gateway.check(code, gateway.enrol("NH"))["outcome"] == "wrong_centre"
    forged = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert gateway.check(forged)["outcome"] == "forged"

    resident.dial("*120*2#")
    resident.choose("General", "Cancel", "Yes")
    assert "cancelled" in resident.screen
    assert "Cancelled" in resident.read_sms()
    assert gateway.check(code)["outcome"] == "cancelled"
    assert gateway.check(number)["outcome"] == "cancelled"


def test_dropped_session_goes_on_and_a_killed_daemon_comes_back(gateway: Any, phone: Any, network: Any) -> None:
    resident = phone(CHINESE)
    resident.dial("*120*1#")
    resident.choose("东苑", "全科")
    at_day = resident.screen
    resident.abort()
    assert "继续" in resident.dial("*120#")
    assert resident.choose("继续") == at_day

    gateway.kill()
    gateway.start()
    network.wait("bound")
    resident.dial("*120*1#")
    resident.choose("东苑", "全科", "月", "上午", "本人", "确认")
    assert resident.ended
    code, _ = code_of(gateway, resident.read_sms())
    assert gateway.check(code)["outcome"] == "genuine"


@pytest.mark.parametrize("gateway", ["embedded"], indirect=True)
def test_the_same_by_sms(gateway: Any, phone: Any) -> None:
    resident = phone(CHINESE)
    resident.screen = resident.sms("预约")
    for word in ("东苑", "全科", "月", "上午", "本人", "确认"):
        number = resident._option(word)
        assert number, resident.screen
        resident.network.do("sms", phone=resident.number, text=number)
        resident.screen = resident.read_sms()
    told = [resident.screen, resident.read_sms()]
    code, _ = code_of(gateway, next(text for text in told if "/t/" in text))
    assert gateway.check(code)["outcome"] == "genuine"


@pytest.mark.parametrize("gateway", ["embedded"], indirect=True)
def test_no_malformed_pdu_on_the_wire(gateway: Any, phone: Any, network: Any, tmp_path: Path) -> None:
    """tshark reads a booking as it went over the wire."""
    capture = tmp_path / "journey.pcap"
    watching = subprocess.Popen(
        ["tshark", "-q", "-i", "lo", "-f", f"tcp port {network.port}", "-w", str(capture)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stderr is not None
    for line in watching.stderr:
        if "Capturing" in line:
            break
    test_chinese(gateway, phone)
    watching.terminate()
    watching.wait(20)
    seen = _tshark(capture, network.port, "smpp", "-T", "fields", "-e", "smpp.command_id")
    assert len(seen.split()) > 20
    assert _tshark(capture, network.port, "_ws.malformed || _ws.expert.severity == error") == ""


def _tshark(capture: Path, port: int, only: str, *more: str) -> str:
    return subprocess.run(
        ["tshark", "-r", str(capture), "-d", f"tcp.port=={port},smpp", "-Y", only, *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
