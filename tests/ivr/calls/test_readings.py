"""A reading given to the hotline by keys: read back, kept, and what it means is heard."""

from __future__ import annotations

from sqlalchemy import update

from clinic.tables import Reading, RelatedPerson
from tests.ivr.calls.conftest import House
from tests.ivr.calls.test_hotline import spoken


def press(house: House, *answers: str) -> None:
    for keys in answers:
        house.asterisk.wait()
        house.asterisk.press(*keys)
    house.asterisk.wait(20)


def on_record(house: House) -> None:
    """The centre has put this phone on record for its people."""
    house.store.run_now(lambda s: s.execute(update(RelatedPerson).values(is_told=True)) and None)


def test_a_pressure_by_keys(house: House) -> None:
    on_record(house)
    house.asterisk.call()
    press(house, "7", "1", "150#", "95#", "1")
    heard = spoken(house)

    assert heard[1].startswith("血压血糖 记录血压 ，请按1 记录血糖 ，请按2")
    assert heard[2] == "请输入高压，也就是收缩压，按井号键结束。"
    assert heard[-3].startswith("高压150，低压95，对吗？")
    assert heard[-2].startswith("已记录。 偏高。 请按时服药")
    (kept,) = house.rows(Reading)
    assert (kept.systolic, kept.diastolic, kept.source, kept.level) == (150, 95, "voice", "high")


def test_glucose_without_a_key_for_the_point(house: House) -> None:
    on_record(house)
    house.asterisk.call()
    press(house, "7", "2", "53#", "1", "1")
    (kept,) = house.rows(Reading)
    assert (kept.glucose, kept.fasting, kept.source) == (53, "fasting", "voice")
