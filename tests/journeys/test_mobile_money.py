"""A resident books by USSD and pays by phone; the provider's answer is lost; the T-code comes by SMS all the same."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import CAREDIAL, Gateway

pytestmark = pytest.mark.journey

PHONE, OTHER = "8615400000001", "8615400000002"  # of the sample: registered, speak Chinese
FEE = "6.00"


class Provider:
    """The mobile-money simulator as a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [*CAREDIAL, "simulate", "mobile-money", "--port", "0", "--callback-key", "shared", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        found = re.search(r"http://\S+", self._process.stdout.readline())
        assert found
        self.url = found[0]

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return json.load(answer)

    def change(self, **conditions: Any) -> None:
        body = json.dumps(conditions).encode()
        request = urllib.request.Request(f"{self.url}/simulator/conditions", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def balance(self, phone: str = PHONE) -> str:
        return str(self.get(f"/simulator/accounts/+{phone}")["balance"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider("--answer-lost", "1", "--pay-seconds", "0.5", "--seed", "1")
    yield provider
    provider.stop()


@pytest.fixture
def paid_gateway(tmp_path: Path, network: Any, provider: Provider) -> Iterator[Gateway]:
    settings = f"""
[payments]
lease_seconds = 10
poll_seconds = 0.2
[payments.providers.wallet]
url = "{provider.url}"
client_id = "caredial"
client_secret = "caredial"
merchant = "caredial"
callback_key = "shared"
timeout = 5
"""
    gateway = Gateway(tmp_path, network.port, database="sqlite:///journey.db", shared="", more=settings)
    try:
        gateway.start()
        network.wait("bound")
        yield gateway
    finally:
        ended = gateway.stop()
    assert ended == 0, gateway.log.read_text()


def book(resident: Any) -> None:
    resident.dial("*120#")
    resident.choose("预约看病", "东苑", "全科")
    resident.choose("明天" if "明天" in resident.screen else "月")
    resident.choose("上午", "本人", "确认")
    assert "怎样" in resident.screen or "付" in resident.screen, resident.screen
    resident.choose("手机")
    assert resident.ended


def rows(gateway: Gateway, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gateway.cli("payments", *arguments, "--json").splitlines()]


def test_a_resident_pays_by_phone(paid_gateway: Gateway, phone: Any, network: Any, provider: Provider) -> None:
    """One start for all of it: a lost answer, the provider asked by hand, kill -9 after asking and no callback."""
    book(phone(PHONE))
    sms = phone(PHONE).read_sms()
    assert re.search(r"\d{4} \d{4} \d{4}", sms), sms
    assert provider.balance() == "494.00"
    [payment] = rows(paid_gateway, "list")
    assert (payment["state"], payment["amount"], payment["currency"]) == ("completed", FEE, "CNY")
    [history] = rows(paid_gateway, "show", str(payment["id"]))
    assert {"made", "asked", "completed", "booked charge", "told by SMS"} <= {step["what"] for step in history["steps"]}
    assert "wallet" in json.loads(paid_gateway.get("/health"))["payments"]
    assert 'caredial_payments_total{kind="charge",outcome="booked"' in paid_gateway.get("/metrics").decode()

    told = json.loads(paid_gateway.cli("payments", "check", "wallet", "--json"))
    assert [finding["level"] for finding in told["findings"]] == ["ok", "ok"]

    provider.change(answer_lost=0, callback_times=0, pay_seconds=2)
    book(phone(OTHER))
    until = time.monotonic() + 60
    while provider.get("/simulator")["transactions"] < 2:
        assert time.monotonic() < until, "the second payment was never asked for"
        time.sleep(0.05)
    paid_gateway.kill()
    paid_gateway.start()
    network.wait("bound")
    assert re.search(r"\d{4} \d{4} \d{4}", phone(OTHER).read_sms())
    assert provider.balance(OTHER) == "494.00"
    assert {row["state"] for row in rows(paid_gateway, "list")} == {"completed"}
