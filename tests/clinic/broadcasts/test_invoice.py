"""The preview: who gets it, who does not and why, what it costs, and how long it takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from clinic.broadcasts import invoice as invoices
from clinic.broadcasts import sending
from clinic.broadcasts.errors import NotNow
from clinic.broadcasts.views import REASONS, Invoice, LinkShape
from clinic.rules import Contract
from clinic.tables import Broadcast, Message
from smpp.settings import LinkSettings

from .conftest import BOTH, EN, ZH, Town, phone


def excluded(made: Invoice) -> dict[str, int]:
    assert tuple(made.excluded) == REASONS
    assert made.members == made.recipients + sum(made.excluded.values())
    return {reason: count for reason, count in made.excluded.items() if count}


def links(**settings: Any) -> tuple[LinkShape, ...]:
    return (LinkShape("main", LinkSettings(**settings)),)


def test_everybody_in_their_language(town: Town) -> None:
    town.add(phone(1), phone(2), language="zh")
    town.add(phone(3), language="en")
    town.add(phone(4))
    made = town.invoice(town.draft(texts=BOTH))
    assert [(line.language, line.recipients, line.segments, line.example) for line in made.languages] == [
        ("zh", 3, 3, ZH),
        ("en", 1, 1, EN),
    ]
    assert [dict(line.encodings) for line in made.languages] == [{"ucs2": 3}, {"gsm7": 1}]
    assert (made.members, made.recipients, excluded(made)) == (4, 4, {})


@pytest.mark.parametrize(("house", "language"), [("zh", "en"), ("en", "en")])
def test_a_language_without_a_text_gets_another(town: Town, house: Any, language: str) -> None:
    """That of the installation if it has one, else the one that there is."""
    town.house = replace(town.house, language=house)
    town.add(phone(1), language="zh")
    made = town.invoice(town.draft(texts={"en": EN}))
    assert [(line.language, line.recipients) for line in made.languages] == [(language, 1)]


def test_a_preview_writes_nothing(town: Town, clinic: Any) -> None:
    town.add(phone(1))
    number = town.draft()
    town.invoice(number)
    assert clinic.rows(Message.id) == []
    assert clinic.rows(Broadcast.state, Broadcast.invoice) == [("draft", None)]
    assert invoices.invoice.reads


def test_each_is_left_out_for_the_first_reason_that_applies(town: Town) -> None:
    town.add(None)
    town.add("+861089201234", "10086")
    town.add(*map(phone, range(1, 7)))
    town.add(phone(6))  # a second person with that phone
    town.refuse(phone(1), "10086")
    number = town.draft(consent_class="education")
    town.agree(phone(2))
    made = town.invoice(number)
    assert excluded(made) == {"no_phone": 1, "invalid": 2, "refused": 1, "duplicate": 1}
    assert made.recipients == 5


def test_advertising_goes_only_to_who_has_agreed(town: Town) -> None:
    town.add(*map(phone, range(1, 5)))
    town.agree(phone(1))
    town.refuse(phone(2))
    made = town.invoice(town.draft(consent_class="commercial"))
    assert (made.recipients, excluded(made)) == (1, {"refused": 1, "no_consent": 2})


def test_nobody_can_refuse_a_warning_of_the_health_authority(town: Town) -> None:
    town.add(phone(1))
    town.refuse(phone(1))
    assert town.invoice(town.draft(consent_class="public")).recipients == 1


def test_a_text_that_gets_too_long_with_a_name(town: Town) -> None:
    town.add(phone(1), name="王芳")
    town.add(phone(2), name="欧" * 40)
    made = town.invoice(town.draft(texts={"zh": "{name}" + "王" * 665}))
    assert (made.recipients, excluded(made)) == (1, {"no_text": 1})
    assert (made.languages[0].fewest, made.languages[0].most) == (10, 10)


def test_two_broadcasts_a_day_are_enough(town: Town) -> None:
    town.add(phone(1), phone(2))
    town.send(town.draft("age>=40"))
    town.send(town.draft("age>=40"))
    town.add(phone(3))
    third = town.invoice(town.draft())
    assert (third.recipients, excluded(third)) == (1, {"daily_limit": 2})
    tomorrow = town.invoice(town.draft(), start_at=town.at(9, days=1))
    assert tomorrow.recipients == 3


def test_what_never_went_does_not_count_for_the_day(town: Town) -> None:
    town.add(phone(1), phone(2), phone(3), phone(4))
    first, second = town.draft(), town.draft()
    town.send(first)
    town.send(second)
    for number, state in ((1, "failed"), (2, "cancelled"), (3, "expired"), (4, "unknown")):
        town.settle(second, state, phones=[phone(number)])
    assert excluded(town.invoice(town.draft())) == {"daily_limit": 1}


def test_in_quiet_hours_everybody_waits_for_their_centre(town: Town) -> None:
    town.add(phone(1), phone(2), centre=1)
    town.add(phone(3), centre=2)
    town.hours(2, dt.time(22), dt.time(9, 30))
    made = town.invoice(town.draft(), start_at=town.at(22))
    assert [(wait.centre, wait.until.astimezone(town.moment.tzinfo), wait.recipients) for wait in made.waits] == [
        ("DY", town.at(8, days=1), 2),
        ("NH", town.at(9, 30, days=1), 1),
    ]
    assert town.invoice(town.draft(), start_at=town.at(21, 30)).waits[0].recipients == 2


def test_what_would_expire_before_they_end_is_left_out(town: Town) -> None:
    town.rules = replace(town.rules, lifetime=dt.timedelta(hours=10))
    town.add(phone(1), centre=1)
    town.add(phone(2), centre=2)
    town.hours(2, dt.time(22), dt.time(9, 30))
    made = town.invoice(town.draft(), start_at=town.at(22))
    assert (made.recipients, excluded(made)) == (0, {"expires": 2})
    assert excluded(town.invoice(town.draft(), start_at=town.at(22, 30))) == {"expires": 1}


def test_the_bill_of_the_month_and_what_is_added(town: Town) -> None:
    town.used(19_999, 5)
    town.used(70_000, month="2027-02")
    town.add(phone(1), phone(2), "+8613000000001")
    bill = town.invoice(town.draft(texts={"zh": "王" * 71})).bill
    assert (bill.month, bill.used_on_net, bill.used_off_net) == ("2027-03", 19_999, 5)
    assert (bill.on_net, bill.off_net, bill.segments) == (4, 2, 6)
    assert (str(bill.before), str(bill.added), str(bill.after)) == ("5400.50", "0.44", "5400.94")


def test_segments_are_those_of_the_link_that_carries(town: Town) -> None:
    town.links = (
        LinkShape("main", LinkSettings(prefixes=("86154",), segments="udh16")),
        LinkShape("other", LinkSettings()),
    )
    town.add(phone(1), "+8613000000001")
    bill = town.invoice(town.draft(texts={"zh": "王" * 133})).bill
    assert (bill.on_net, bill.off_net) == (3, 2)


def test_the_end_by_the_rate_of_the_links(town: Town) -> None:
    town.links = links(rate=0.5)
    town.add(*map(phone, range(1, 11)))
    made = town.invoice(town.draft())
    assert made.rate == 0.5
    assert made.ends_at == town.moment + dt.timedelta(seconds=20)


def test_quiet_hours_lie_between(town: Town) -> None:
    """Ten minutes' work, begun five minutes before nine in the evening, for one centre; another waits for nobody."""
    town.links = links(rate=1 / 60)
    town.add(*map(phone, range(1, 11)))
    assert town.invoice(town.draft(), start_at=town.at(20, 55)).ends_at == town.at(8, 5, days=1)
    town.hours(2, dt.time(5), dt.time(5))
    town.add(*map(phone, range(11, 21)), centre=2)
    # Shared until nine (2.5 of each are sent), then 7.5 minutes alone; the rest of the others in the morning.
    assert town.invoice(town.draft(), start_at=town.at(20, 55)).ends_at == town.at(8, 7, days=1) + dt.timedelta(
        seconds=30
    )


def test_what_does_not_get_ready_ends_when_it_expires(town: Town) -> None:
    town.links = links(rate=1 / 3600)
    town.add(*map(phone, range(1, 31)))
    made = town.invoice(town.draft())
    assert made.ends_at == made.expires_at == town.moment + dt.timedelta(hours=24)


def test_without_a_rate_it_goes_as_fast_as_the_last_ones(town: Town, clinic: Any) -> None:
    town.add(*map(phone, range(1, 11)))
    number = town.draft()
    assert town.invoice(number).ends_at is None
    began, ended = town.moment, town.moment + dt.timedelta(seconds=100)
    for segments in (1_000, 4_000, 50_000):
        done = Broadcast(
            title="x", consent_class="public", expression="all", texts={}, state="done", created_by="lin",
            created_at=began, began_at=began, ended_at=ended, invoice={"bill": {"on_net": segments, "off_net": 0}},
        )  # fmt: skip
        town.run(lambda session, row=done: session.add(row))
    made = town.invoice(number)
    assert (made.rate, made.ends_at) == (40, town.moment + dt.timedelta(seconds=0.25))


@pytest.mark.parametrize(("many", "approval"), [(3, False), (4, True)])
def test_above_a_size_a_second_person_is_needed(town: Town, many: int, approval: bool) -> None:
    town.rules = replace(town.rules, approve_above=3)
    town.add(*map(phone, range(many)))
    assert town.invoice(town.draft()).approval is approval


def test_a_start_in_the_past_is_now(town: Town) -> None:
    town.add(phone(1))
    assert town.invoice(town.draft(), start_at=town.at(8)).start_at == town.moment


def test_progress_is_told_page_by_page(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoices, "PAGE", 2)
    town.add(*map(phone, range(5)))
    told: list[int] = []
    made = town.invoice(town.draft(), progress=told.append)
    assert (told, made.recipients) == ([2, 4, 5], 5)


def test_what_is_sent_has_its_invoice_already(town: Town) -> None:
    town.add(phone(1))
    number = town.draft()
    made = town.begin(number)
    with pytest.raises(NotNow, match="its invoice is kept"):
        town.invoice(number)
    assert town.run(sending.shown, broadcast=number) == made


def test_an_invoice_is_kept_whole(town: Town) -> None:
    town.rules = replace(town.rules, contract=Contract(included=3))
    town.links = links(rate=3)
    town.add(phone(1), None)
    town.add(phone(2), centre=2, language="en")
    town.hours(2, dt.time(8), dt.time(10))
    made = town.invoice(town.draft(texts=BOTH))
    assert made.waits
    assert invoices.from_json(invoices.as_json(made)) == made
