"""Booking for a relative by voice: the number by keys, the name spoken, and from then on one key."""

from __future__ import annotations

from clinic.tables import RelatedPerson, Visit
from tests.ivr.calls.conftest import House

MOTHER = "110101193507120046"


def call(house: House, number: int) -> None:
    house.asterisk.uniqueid = f"1798736400.{number}"
    house.asterisk.channel = f"PJSIP/trunk-{number:08}"
    house.asterisk.call()


def test_for_my_mother(house: House) -> None:
    line = house.asterisk
    call(house, 1)
    line.press("1", "1", "1", "1", "2")
    line.wait()
    line.press(*MOTHER)
    line.wait(9)
    line.press("1")
    line.wait(20)
    (visit,) = house.rows(Visit)
    assert (visit.name, visit.queue, visit.state) == ("尾号0046", 1, "booked")
    assert [(row.name, row.is_self) for row in house.rows(RelatedPerson)] == [("周志强", True), ("尾号0046", False)]
    call(house, 2)
    line.press("1", "1", "1", "2", "2", "1")  # book, department, day, afternoon, my mother, yes
    line.wait(20)
    spoken = " ".join(line.said)
    assert "尾号0046" in spoken
    assert len(house.rows(Visit)) == 1  # she has a place there on that day
    assert "就诊人当天已约该科室" in spoken or "已经" in spoken
