"""Times of day: how they are read, which are possible, and what a change of the clocks makes of them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from clinic.medication.times import BadMedication, Plan, is_quiet, read, refuse_quiet

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = (dt.time(21), dt.time(8))


def plan(times: str, zone: ZoneInfo = BERLIN, since: str = "2027-01-01", until: str | None = None) -> Plan:
    return Plan(read(times), dt.date.fromisoformat(since), dt.date.fromisoformat(until) if until else None, zone)


def moments(plan: Plan, after: str, many: int) -> list[str]:
    """The next ones after this UTC moment, in UTC and on the wall."""
    now, found = dt.datetime.fromisoformat(after + "+00:00"), []
    for _ in range(many):
        following = plan.following(now)
        if following is None:
            return [*found, "none"]
        found.append(f"{following:%d %H:%M}Z {following.astimezone(plan.zone):%H:%M}")
        now = following
    return found


@pytest.mark.parametrize("written", ["08:00,20:00", "8:00 20:00", "20:00；08：00", " 08:00、20:00 "])
def test_times_are_read_as_people_write_them(written: str) -> None:
    assert read(written) == (dt.time(8), dt.time(20))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("8", "times: '8' is no time of day"),
        ("25:00", "times: '25:00' is no time of day"),
        ("", "times: 1 to 6 times a day"),
        ("08:00,08:00", "times: 08:00 and 08:00 are less than an hour apart"),
        ("08:00,08:30", "times: 08:00 and 08:30 are less than an hour apart"),
        ("23:30,00:15", "times: 23:30 and 00:15 are less than an hour apart"),
        ("08:00,10:00,12:00,14:00,16:00,18:00,20:00", "times: 1 to 6 times a day"),
    ],
)
def test_what_is_no_time_is_told(written: str, told: str) -> None:
    with pytest.raises(BadMedication, match=told):
        read(written)


def test_times_in_the_quiet_hours_are_refused_with_what_is_possible() -> None:
    refuse_quiet(read("08:00,20:59"), NIGHT)
    with pytest.raises(BadMedication) as refusal:
        refuse_quiet(read("07:00,12:00,21:00"), NIGHT)
    assert str(refusal.value) == (
        "times: 07:00, 21:00 lie in the centre's quiet hours (21:00 to 08:00), when nothing is sent; "
        "possible is 08:00 until before 21:00"
    )


def test_quiet_hours_at_noon_and_none_at_all() -> None:
    noon = (dt.time(12), dt.time(14))
    assert [is_quiet(read(time), noon) for time in ("11:59", "12:00", "13:59", "14:00")] == [False, True, True, False]
    refuse_quiet(read("03:00"), (dt.time(0), dt.time(0)))


def test_from_the_first_day_to_the_last() -> None:
    course = plan("08:00,20:00", SHANGHAI, since="2027-03-09", until="2027-03-10")
    assert moments(course, "2027-03-01 00:00", 9) == [
        "09 00:00Z 08:00",
        "09 12:00Z 20:00",
        "10 00:00Z 08:00",
        "10 12:00Z 20:00",
        "none",
    ]


def test_a_time_that_does_not_exist_comes_as_long_after_the_gap() -> None:
    """On 2027-03-28 the clocks of Berlin go from 02:00 to 03:00."""
    assert moments(plan("02:30"), "2027-03-26 12:00", 3) == ["27 01:30Z 02:30", "28 01:30Z 03:30", "29 00:30Z 02:30"]


def test_two_times_that_fall_together_then_are_one() -> None:
    found = moments(plan("02:30,03:30"), "2027-03-27 12:00", 3)
    assert found == ["28 01:30Z 03:30", "29 00:30Z 02:30", "29 01:30Z 03:30"]


def test_a_time_that_comes_twice_counts_once_the_first_time() -> None:
    """On 2027-10-31 the clocks of Berlin go back from 03:00 to 02:00."""
    assert moments(plan("02:30"), "2027-10-30 12:00", 2) == ["31 00:30Z 02:30", "01 01:30Z 02:30"]


@pytest.mark.parametrize(("now", "latest"), [("07:59", "07 20:00"), ("08:00", "08 08:00"), ("23:00", "08 20:00")])
def test_the_latest_time_is_of_today_or_yesterday(now: str, latest: str) -> None:
    moment = dt.datetime.fromisoformat(f"2027-03-08 {now}").replace(tzinfo=SHANGHAI)
    found = plan("08:00,20:00", SHANGHAI).latest(moment)
    assert found is not None
    assert f"{found.astimezone(SHANGHAI):%d %H:%M}" == latest
