"""Drafts: every mistake is told at once, with what to do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from clinic.audience import BadExpression, numbers
from clinic.broadcasts import drafts, sending
from clinic.broadcasts.errors import BadDraft, NoSuchBroadcast, NotNow
from clinic.tables import Audit, Message

from .conftest import BOTH, ZH, Town, phone


def mistakes(town: Town, **given: Any) -> list[str]:
    with pytest.raises(BadDraft) as caught:
        town.draft(**given)
    return caught.value.mistakes


def test_a_draft_is_kept_as_it_was_given(town: Town) -> None:
    number = town.draft("centre:DY and age>=65", BOTH, owner="DY", consent_class="education")
    kept = town.run(drafts.get, broadcast=number)
    assert (kept.title, kept.owner, kept.consent_class) == ("Blood pressure", "DY", "education")
    assert (kept.expression, kept.texts, kept.state) == ("centre:DY and age>=65", BOTH, "draft")
    assert (kept.created_by, kept.created_at, kept.recipients, kept.written) == ("lin", town.moment, None, 0)


def test_every_mistake_at_once(town: Town) -> None:
    assert mistakes(
        town,
        texts={"zh": "{nmae}，{due:date}", "en": "{age:text} {name:number} {", "fr": "Bonjour"},
        title=" ",
        owner="DYY",
        consent_class="spam",
    ) == [
        "class: 'spam' is none of public, education, commercial",
        "text in zh: {nmae}: not everybody of this audience has it, did you mean name?;"
        " there are {name}, {centre}, {birth}, {age}",
        "text in zh: {due}: not everybody of this audience has it; there are {name}, {centre}, {birth}, {age}",
        "text in en: a brace has no other one (expected '}' before end of string);"
        " write {{ and }} for braces that are to be read",
        "text: 'fr' is no language; there are zh, en",
        "title: should have 1 to 80 characters, by which people know it in lists",
        "centre: there is no centre 'DYY', did you mean DY?",
    ]


def test_a_type_that_does_not_fit(town: Town) -> None:
    assert mistakes(town, texts={"en": "{age:text} {birth:number}"}) == [
        "text in en: {age}: should be a text, and is a number in this audience; write {age:number} if that is meant",
        "text in en: {birth}: should be a number, and is a date in this audience; write {birth:date} if that is meant",
    ]


def test_a_text_must_be_there_and_not_too_long(town: Town) -> None:
    assert mistakes(town, texts={"zh": " "}) == ["text: there is none; write one in zh or en, or in both"]
    assert mistakes(town, texts={"zh": "王" * 671}) == [
        "text in zh: takes 11 segments, and 10 are the most; make it shorter"
    ]
    assert mistakes(town, texts={"zh": "王" * 20_000})[0].startswith("text in zh: takes 299 segments")
    assert town.draft(texts={"zh": "王" * 670})


def test_the_way_to_refuse_counts_too(town: Town) -> None:
    assert mistakes(town, texts={"zh": "王" * 668}, consent_class="education")


def test_a_list_brings_its_own_placeholders(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "due.csv"
    file.write_text("phone,dose:date,amount:number\n15400000001,2027-03-15,2\n")
    reading = numbers.read(file, region="CN")
    town.run(numbers.store, name="due", reading=reading, by="lin", now=town.moment)
    number = town.draft("list:due", {"zh": "{dose:date} 第{amount}针"})
    town.send(number)
    assert town.texts(number) == [("0001", "3月15日周一 第2针")]
    assert mistakes(town, expression="list:due", texts={"zh": "{name}"}) == [
        "text in zh: {name}: not everybody of this audience has it; there are {dose}, {amount}"
    ]


def test_an_expression_that_means_nobody_we_know(town: Town) -> None:
    with pytest.raises(BadExpression):
        town.draft("centre:XX")


def test_a_draft_can_be_changed_until_it_is_sent(town: Town) -> None:
    town.add(phone(1))
    number = town.draft()
    changed = town.run(drafts.change, broadcast=number, by="wu", now=town.moment, texts=BOTH, owner="NH")
    assert (changed.texts, changed.owner, changed.title) == (BOTH, "NH", "Blood pressure")
    with pytest.raises(BadDraft):
        town.run(drafts.change, broadcast=number, by="wu", now=town.moment, texts={"zh": "{x}"})
    town.begin(number)
    with pytest.raises(NotNow, match="only a draft can be changed, make a new one"):
        town.run(drafts.change, broadcast=number, by="wu", now=town.moment, title="Later")


def test_who_did_what_stands_in_the_trail(town: Town, clinic: Any) -> None:
    town.add(phone(1))
    number = town.draft()
    town.send(number)
    town.act(sending.pause, number)
    town.act(sending.cancel, number, by="wu")
    told = [row for row in clinic.rows(Audit.actor, Audit.action, Audit.subject) if row[2] == f"broadcast:{number}"]
    assert [row[:2] for row in told] == [
        ("staff:lin", "draft"),
        ("staff:lin", "send"),
        ("staff:lin", "pause"),
        ("staff:wu", "cancel"),
    ]


def test_the_list_is_the_newest_first(town: Town) -> None:
    town.add(phone(1))
    first, second, third = town.draft(), town.draft(), town.draft()
    town.act(sending.cancel, second)
    assert [each.id for each in town.run(drafts.listed)] == [third, second, first]
    assert [each.id for each in town.run(drafts.listed, states=("draft",))] == [third, first]
    assert [each.id for each in town.run(drafts.listed, most=1, before=third)] == [second]


def test_there_is_no_such_broadcast(town: Town) -> None:
    with pytest.raises(NoSuchBroadcast, match="there is no broadcast 7"):
        town.run(drafts.get, broadcast=7)


def test_a_try_goes_to_one_phone_at_once_whatever_the_hour(town: Town, clinic: Any) -> None:
    town.add(phone(1), name="李雷")
    number = town.draft(texts={"zh": "{name}好"}, consent_class="education")
    town.moment = town.at(23)
    told = [
        town.run(drafts.try_out, broadcast=number, phone="15400000099", language="zh", by="lin", now=town.moment)
        for _ in range(2)
    ]
    assert told == ["李*好。回TD退订"] * 2
    columns = Message.occasion, Message.phone, Message.message_class, Message.broadcast_id, Message.due_at
    assert clinic.rows(*columns) == [
        (f"broadcast-test:{number}:{each}", phone(99), "notice", None, town.moment.astimezone(dt.UTC))
        for each in (1, 2)
    ]
    assert town.state(number) == "draft"


def test_a_try_needs_a_text_and_somebody(town: Town) -> None:
    number = town.draft(texts={"zh": ZH})
    given = {"broadcast": number, "phone": "15400000099", "by": "lin", "now": town.moment}
    with pytest.raises(BadDraft, match="there is no text in the language en; there is one in zh"):
        town.run(drafts.try_out, language="en", **given)
    with pytest.raises(BadDraft, match="the audience has nobody"):
        town.run(drafts.try_out, language="zh", **given)
