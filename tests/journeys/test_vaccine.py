"""A mother is told what is due to her baby, asks by USSD why, books it by answering 1, and gets the T-code."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import Gateway, Network

pytestmark = pytest.mark.journey

MOTHER, FATHER = "8615470000007", "8615471000007"  # of the sample: a baby of two months, born light, at NH
DAY = dt.timedelta(days=1)


@pytest.fixture
def told(tmp_path: Path, network: Network) -> Iterator[Gateway]:
    """It is early morning where journeys are, perhaps of a holiday: notices go at any time here, on any day."""
    now = dt.datetime.now(dt.UTC).date()
    days = ", ".join(str(now + DAY * n) for n in range(-1, 3))
    more = f'[broadcasts]\nquiet_from = "00:00"\nquiet_until = "00:00"\n[notices]\nat = "00:00"\nopen = [{days}]\n'
    gateway = Gateway(tmp_path, network.port, database="sqlite:///journey.db", shared="", more=more)
    gateway.start()
    network.wait("bound")
    yield gateway
    assert gateway.stop() == 0, gateway.log.read_text()


def test_told_asked_booked(told: Any, phone: Any) -> None:
    told.cli("jobs", "run", "vaccine-reminders")
    mother, father = phone(MOTHER), phone(FATHER)
    notice = mother.read_sms()
    assert "脊灰灭活疫苗第1剂" in notice
    assert "南河" in notice
    assert "回复1预约" in notice
    assert father.read_sms() == notice

    mother.dial("*120*3#")
    mother.choose("该种什么", "脊灰灭活疫苗")
    assert "2个月" in mother.screen
    mother.abort()

    said = mother.sms("1")
    while "预约成功" not in said:
        assert "1." in said, said
        said = mother.sms("1")
    assert any(re.search(r"T码\d{4} \d{4} \d{4}", each) for each in (said, mother.read_sms()))
