"""How often: in words, and as triggers that keep their hour whatever the clocks do."""

from __future__ import annotations

import datetime as dt
import pickle
from zoneinfo import ZoneInfo

import pytest

from scheduler.cadence import Cadence, daily, every, hourly, monthly, next_after, weekly

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")


def due(cadence: Cadence, start: dt.datetime, many: int, zone: ZoneInfo) -> list[str]:
    moments, now = [], start
    for _ in range(many):
        moment = next_after(cadence.trigger(zone), now)
        assert moment is not None
        assert moment.timestamp() > now.timestamp()
        moments.append(f"{moment:%a %d %H:%M %z}")
        now = moment
    return moments


@pytest.mark.parametrize(
    ("cadence", "words"),
    [
        (every(seconds=10), "every 10 seconds"),
        (every(minutes=5), "every 5 minutes"),
        (every(hours=1), "every hour"),
        (every(minutes=90), "every 90 minutes"),
        (daily("00:05"), "daily at 00:05"),
        (hourly("08:00", "20:00"), "hourly, 08:00 to 20:00"),
        (weekly("mon", "08:00"), "Mondays at 08:00"),
        (weekly("mon-fri", "08:00"), "Monday to Friday at 08:00"),
        (monthly(1, "06:30"), "on day 1 of the month at 06:30"),
    ],
)
def test_in_words(cadence: Cadence, words: str) -> None:
    assert cadence.words == words


def test_in_times() -> None:
    friday = dt.datetime(2027, 3, 12, 9, 0, tzinfo=SHANGHAI)
    assert due(daily("09:00"), friday, 2, SHANGHAI) == ["Sat 13 09:00 +0800", "Sun 14 09:00 +0800"]
    assert due(weekly("mon-fri", "08:00"), friday, 2, SHANGHAI) == ["Mon 15 08:00 +0800", "Tue 16 08:00 +0800"]
    assert due(hourly("08:30", "10:30"), friday, 3, SHANGHAI) == [
        "Fri 12 09:30 +0800",
        "Fri 12 10:30 +0800",
        "Sat 13 08:30 +0800",
    ]
    assert due(monthly(1, "06:30"), friday, 2, SHANGHAI) == ["Thu 01 06:30 +0800", "Sat 01 06:30 +0800"]
    assert due(every(minutes=90), friday, 2, SHANGHAI) == ["Fri 12 09:30 +0800", "Fri 12 11:00 +0800"]


def test_a_time_that_the_clocks_leave_out_is_due_when_it_would_have_been() -> None:
    saturday = dt.datetime(2027, 3, 27, 12, tzinfo=BERLIN)
    times = [next_after(daily("02:30").trigger(BERLIN), saturday)]
    times.append(next_after(daily("02:30").trigger(BERLIN), times[0]))  # type: ignore[arg-type]
    assert [str(moment.astimezone(dt.UTC)) for moment in times if moment] == [
        "2027-03-28 01:30:00+00:00",
        "2027-03-29 00:30:00+00:00",
    ]


def test_a_time_that_comes_twice_is_due_the_first_time() -> None:
    saturday = dt.datetime(2027, 10, 30, 12, tzinfo=BERLIN)
    assert due(daily("02:30"), saturday, 2, BERLIN) == ["Sun 31 02:30 +0200", "Mon 01 02:30 +0100"]
    assert due(hourly("01:00", "03:00"), saturday, 4, BERLIN) == [
        "Sun 31 01:00 +0200",
        "Sun 31 02:00 +0200",
        "Sun 31 03:00 +0100",
        "Mon 01 01:00 +0100",
    ]


def test_an_interval_does_not_care_for_the_clocks() -> None:
    sunday = dt.datetime(2027, 10, 31, 1, 30, tzinfo=BERLIN)
    assert due(every(hours=1), sunday, 3, BERLIN) == ["Sun 31 02:00 +0200", "Sun 31 02:00 +0100", "Sun 31 03:00 +0100"]


def test_a_trigger_is_the_same_whoever_made_it_and_after_the_database() -> None:
    for cadence in (every(hours=1), daily("09:00"), weekly("mon-fri", "08:00")):
        trigger = cadence.trigger(SHANGHAI)
        assert repr(pickle.loads(pickle.dumps(trigger))) == repr(cadence.trigger(SHANGHAI)) == repr(trigger)
        assert repr(trigger) != repr(cadence.trigger(BERLIN))


@pytest.mark.parametrize(
    "wrong",
    [
        every,
        lambda: daily("24:00"),
        lambda: monthly(31, "06:00"),
        lambda: hourly("20:00", "08:00"),
        lambda: hourly("08:00", "20:30"),
    ],
)
def test_what_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wrong()  # type: ignore[operator]
