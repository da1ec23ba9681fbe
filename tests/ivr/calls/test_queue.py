"""The queue heard by telephone."""

from __future__ import annotations

from sqlalchemy import update

from clinic.tables import Visit
from tests.ivr.calls.conftest import House


def test_the_queue_is_heard(house: House) -> None:
    line = house.asterisk
    line.call()
    line.press("1", "1", "1", "1", "1", "1")  # book, department, day, time, myself, yes
    line.wait(20)
    (visit,) = house.rows(Visit)
    assert visit.state == "booked"
    house.store.run_now(
        lambda s: (
            s.execute(
                update(Visit).values(state="arrived", arrived_at=visit.booked_at, turn=1, turn_at=visit.booked_at)
            )
            and None
        )
    )
    line.uniqueid, line.channel = "1798736400.2", "PJSIP/trunk-00000002"
    line.call()
    line.press("2", "1")
    line.wait(20)
    heard = " ".join(line.said)
    assert "现在还没有开始叫号" in heard
    assert "一共" in heard
    assert "预计" in heard
