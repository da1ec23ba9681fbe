"""What happened, beside what was shown."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from clinic.broadcasts import report, sending
from clinic.broadcasts.errors import NotNow
from clinic.broadcasts.views import LinkShape, Report
from clinic.tables import Message, MessagePart, SmsUsage
from smpp.settings import LinkSettings

from .conftest import BOTH, Town, phone


def differing(told: Report) -> dict[str, tuple[object, object]]:
    return {line.key: (line.planned, line.actual) for line in told.lines if line.differs}


def figures(told: Report, *keys: str) -> list[object]:
    return [told.line(key).actual for key in keys]


def test_what_all_goes_well_is_as_it_was_shown(town: Town) -> None:
    town.used(19_999)
    town.add(phone(1), phone(2), None, phone(2), "+8613000000001", "10086")
    town.add(phone(3), language="en")
    number = town.draft(texts=BOTH)
    shown = town.send(number)
    town.settle(number)
    town.conclude()
    told = town.report(number)
    assert differing(told) == {}
    assert told.bill == shown.bill
    assert [(line.key, line.planned, line.actual) for line in told.lines if line.planned or line.actual] == [
        ("members", 7, 7),
        ("excluded.no_phone", 1, 1),
        ("excluded.invalid", 1, 1),
        ("excluded.duplicate", 1, 1),
        ("recipients", 4, 4),
        ("recipients.zh", 3, 3),
        ("recipients.en", 1, 1),
        ("taken", 4, 4),
        ("delivered", None, 4),
        ("segments.on_net", 3, 3),
        ("segments.off_net", 1, 1),
        ("price.before", shown.bill.before, shown.bill.before),
        ("price.added", shown.bill.added, shown.bill.added),
        ("price.after", shown.bill.after, shown.bill.after),
        ("starts", town.moment, town.moment),
        ("ends", None, town.moment),
    ]
    assert str(told.bill.added) == "0.26"


def test_what_went_otherwise_is_told_line_by_line(town: Town) -> None:
    town.add(*map(phone, range(1, 9)))
    number = town.draft(consent_class="education", texts={"zh": "王" * 71})
    town.send(number)
    town.settle(number, "sent", phones=[phone(1)])
    town.settle(number, "delivered", phones=[phone(2)])
    town.settle(number, "failed", phones=[phone(3)], error="absent subscriber")
    town.settle(number, "unknown", phones=[phone(4)])
    town.refuse(phone(5))
    town.act(sending.cancel, number)
    town.run(sending.clear, broadcast=number, now=town.moment, most=2)
    told = town.report(number)
    keys = ("taken", "sent", "delivered", "failed", "unknown", "expired", "cancelled", "under_way")
    assert figures(told, *keys) == [4, 1, 1, 1, 1, 0, 3, 1]
    assert told.failures == {"absent subscriber": 1}
    assert told.cancellations == {"cancelled": 2, "refused": 1}
    assert (told.line("segments.on_net").planned, told.line("segments.on_net").actual) == (16, 8)


def test_who_refused_between_the_preview_and_the_writing(town: Town) -> None:
    town.add(phone(1), phone(2))
    number = town.draft(consent_class="education")
    town.begin(number)
    town.refuse(phone(1))
    told = town.report(number)
    assert told.line("excluded.refused").actual is None  # not known yet
    town.write(number)
    town.settle(number)
    assert differing(town.report(number)) == {
        "excluded.refused": (0, 1),
        "recipients": (2, 1),
        "recipients.zh": (2, 1),
        "taken": (2, 1),
        "segments.on_net": (2, 1),
    }


def test_of_a_text_that_was_taken_in_part_only_the_part_is_paid(town: Town) -> None:
    town.add(phone(1))
    number = town.draft(texts={"zh": "王" * 140})
    town.send(number)
    town.settle(number, "failed", error="rejected")
    town.run(lambda s: [s.delete(row) for row in s.scalars(select(MessagePart).where(MessagePart.number > 1))])
    assert figures(town.report(number), "segments.on_net", "taken") == [1, 1]


def test_where_the_sms_centre_parts_a_text_one_submit_is_all_of_it(town: Town) -> None:
    town.links = (LinkShape("main", LinkSettings(segments="payload")),)
    town.add(phone(1))
    number = town.draft(texts={"zh": "王" * 140})
    town.send(number)
    town.settle(number, "failed", error="absent")
    town.run(lambda s: [s.delete(row) for row in s.scalars(select(MessagePart).where(MessagePart.number > 1))])
    assert figures(town.report(number, links=town.links), "segments.on_net") == [3]


def test_what_was_used_meanwhile_does_not_change_the_comparison(town: Town) -> None:
    town.used(20_000)
    town.add(phone(1))
    number = town.draft()
    town.send(number)
    town.run(lambda s: s.execute(Message.__table__.update().values(state="delivered")) and None)
    town.run(lambda s: [setattr(row, "segments", 90_000) for row in s.scalars(select(SmsUsage))])
    told = town.report(number)
    assert (str(told.bill.added), str(told.bill.before)) == ("0.08", "5400.00")


def test_before_it_is_sent_there_is_none(town: Town) -> None:
    number = town.draft()
    with pytest.raises(NotNow, match="was never sent"):
        town.report(number)


def test_a_line_that_is_not_there(town: Town) -> None:
    town.add(phone(1))
    number = town.draft()
    town.send(number)
    with pytest.raises(KeyError):
        town.report(number).line("colour")


def test_over_time(town: Town) -> None:
    town.add(*map(phone, range(6)))
    number = town.draft()
    town.send(number)
    assert town.run(report.timeline, broadcast=number) == []
    for second, state, phones in (
        (0, "delivered", range(2)),
        (1, "failed", range(2, 3)),
        (3, "sent", range(3, 4)),
        (4, "unknown", range(4, 5)),
    ):
        town.moment = town.at(9) + dt.timedelta(seconds=second)
        town.settle(number, state, phones=[*map(phone, phones)])
    steps = town.run(report.timeline, broadcast=number)
    assert [(step.at, step.sent, step.delivered, step.failed) for step in steps] == [
        (town.at(9), 2, 2, 0),
        (town.at(9) + dt.timedelta(seconds=1), 1, 0, 1),
        (town.at(9) + dt.timedelta(seconds=2), 0, 0, 0),
        (town.at(9) + dt.timedelta(seconds=3), 1, 0, 0),
        (town.at(9) + dt.timedelta(seconds=4), 1, 0, 0),
    ]
    by_two = town.run(report.timeline, broadcast=number, step=dt.timedelta(seconds=2))
    assert [(step.sent, step.delivered, step.failed) for step in by_two] == [(3, 2, 1), (1, 0, 0), (1, 0, 0)]
