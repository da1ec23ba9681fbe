"""An elderly person texts her blood pressure as people write it; the daughter gets the copy, the doctor the alert."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import Gateway, Network

pytestmark = pytest.mark.journey

MOTHER = "8615400000028"  # of the sample: 李秀英, followed up for her blood pressure at XS
DOCTOR, DUTY = "8615488880023", "8615499990003"
DAUGHTER = "8615466660009"  # known to nobody
AWAKE = '[broadcasts]\nquiet_from = "00:00"\nquiet_until = "00:00"\n'  # it is early morning where journeys are


@pytest.fixture
def awake(tmp_path: Path, network: Network) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path, network.port, database="sqlite:///journey.db", shared="", more=AWAKE)
    gateway.start()
    network.wait("bound")
    yield gateway
    assert gateway.stop() == 0, gateway.log.read_text()


def test_three_spellings_a_copy_and_an_alert(awake: Any, phone: Any) -> None:
    mother, daughter, doctor, duty = phone(MOTHER), phone(DAUGHTER), phone(DOCTOR), phone(DUTY)

    assert "抄送" in mother.sms("抄送 15466660009 女儿")
    asked = daughter.read_sms()
    assert "1" in asked
    assert "血压" not in asked
    daughter.sms("1")

    for written in ("血压128/78", "BP 128 78", "高压一百二十八低压七十八"):
        reply = mother.sms(written)
        assert "血压128/78" in reply
        assert "达标" in reply
    assert daughter.network.quiet("sms", DAUGHTER)  # what is on target waits for the week's summary

    reply = mother.sms("医生，高压190，低压115，头晕")
    assert "190/115" in reply
    assert "120" in reply
    for told in (doctor, duty):
        alert = told.read_sms()
        assert "190/115" in alert
        assert "李秀英" in alert
    assert "190/115" in daughter.read_sms()

    assert "已" in doctor.sms("1")  # seen to
    assert "0 alerts" in awake.cli("care", "alerts")
    assert awake.cli("messages", "find", "--phone", MOTHER).count("│ reply ") == 5
