"""Quiet hours: over midnight, at their very ends, and where clocks are put back or forward."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.hours import Span, next_change, quiet_until

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
NIGHT = (dt.time(21), dt.time(8))
NOON = (dt.time(12), dt.time(14, 30))
ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "Asia/Kathmandu", "Pacific/Kiritimati", "Etc/GMT+12"])
JANUARY = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0))
MOMENTS = st.integers(0, 365 * 86_400).map(lambda second: JANUARY + dt.timedelta(seconds=second))


def local(text: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    return dt.datetime.strptime(f"2027-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "span", "until"),
    [
        ("03-08 20:59", NIGHT, None),
        ("03-08 21:00", NIGHT, "03-09 08:00"),
        ("03-08 23:59", NIGHT, "03-09 08:00"),
        ("03-09 00:00", NIGHT, "03-09 08:00"),
        ("03-09 07:59", NIGHT, "03-09 08:00"),
        ("03-09 08:00", NIGHT, None),
        ("03-08 11:59", NOON, None),
        ("03-08 12:00", NOON, "03-08 14:30"),
        ("03-08 14:30", NOON, None),
        ("03-31 22:00", NIGHT, "04-01 08:00"),
        ("03-08 03:00", (dt.time(0), dt.time(0)), None),
    ],
)
def test_quiet_until(moment: str, span: tuple[dt.time, dt.time], until: str | None) -> None:
    assert quiet_until(local(moment), span, SHANGHAI) == (until and local(until))


def test_a_moment_counts_where_the_centres_are_not_where_it_was_written() -> None:
    assert quiet_until(dt.datetime(2027, 3, 8, 13, 0, tzinfo=dt.UTC), NIGHT, SHANGHAI) == local("03-09 08:00")


def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    evening = local("03-27 21:00", BERLIN)  # the 28th has no 02:30
    until = quiet_until(evening, NIGHT, BERLIN)
    assert until == dt.datetime(2027, 3, 28, 6, 0, tzinfo=dt.UTC)


def test_an_end_that_a_day_does_not_have_is_an_hour_later() -> None:
    until = quiet_until(local("03-27 23:00", BERLIN), (dt.time(22), dt.time(2, 30)), BERLIN)
    assert until is not None
    assert until.astimezone(BERLIN).time() == dt.time(3, 30)


@pytest.mark.parametrize(("minutes", "until"), [(0, "00:45"), (45, "01:45"), (60, "01:45")])
def test_an_end_that_a_day_has_twice_is_the_first_that_is_still_to_come(minutes: int, until: str) -> None:
    """02:45 comes twice on the 31st of October: at 00:45 and at 01:45 UTC."""
    moment = dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    found = quiet_until(moment, (dt.time(22), dt.time(2, 45)), BERLIN)
    if minutes == 45:  # 01:15 UTC is 02:15 once more
        assert moment.astimezone(BERLIN).time() == dt.time(2, 15)
    assert found is not None
    assert f"{found:%H:%M}" == until


def test_changes_are_the_ends_and_the_beginnings() -> None:
    moments, moment = [], local("03-08 09:00")
    for _ in range(3):
        change = next_change(moment, NIGHT, SHANGHAI)
        assert change is not None
        moments.append(f"{change.astimezone(SHANGHAI):%d %H:%M}")
        moment = change
    assert moments == ["08 21:00", "09 08:00", "09 21:00"]
    assert next_change(moment, (dt.time(5), dt.time(5)), SHANGHAI) is None


# Against a clock that goes minute by minute


def quiet_at(span: Span, local: dt.datetime) -> bool:
    """Minute by minute through a day from the beginning, as a clock would go."""
    minutes = local.hour * 60 + local.minute
    minute, last = (each.hour * 60 + each.minute for each in span)
    while minute != last:
        if minute == minutes:
            return True
        minute = (minute + 1) % 1440
    return False


def first_loud(span: Span, local: dt.datetime) -> dt.datetime:
    at = local
    while quiet_at(span, at):
        at = at.replace(second=0) + dt.timedelta(minutes=1)
    return at


@settings(max_examples=150, deadline=None)
@given(TIMES, TIMES, MOMENTS, ZONES)
def test_the_quiet_hours_are_those_of_a_clock(begins: dt.time, ends: dt.time, at: dt.datetime, zone: str) -> None:
    span, here = (begins, ends), ZoneInfo(zone)
    moment = at.astimezone(here)
    until = quiet_until(moment, span, here)
    assert (until is not None) == quiet_at(span, moment)
    assert (until or moment) == first_loud(span, moment)
    assert quiet_until(until or moment, span, here) is None
