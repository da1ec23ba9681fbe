"""How visits were: said once, seen by staff, and of few people nothing apart."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinic.tables import Audit, Practitioner, Question, Satisfaction
from clinic.visit_notices import satisfaction
from conf.texts.words import Name
from tests.clinic.conftest import OTHER_PHONE, PHONE

TODAY = dt.date(2027, 3, 8)


@pytest.fixture
def was(notices: Any, clinic: Any) -> Any:
    """A visit of this morning, asked about in the evening."""
    visit = clinic.book(1)
    notices.arrive(visit)
    notices.at(8, 18)
    notices.scan()
    return visit


def rate(clinic: Any, visit: int, score: int, **given: Any) -> str:
    words = {"phone": PHONE, "channel": "menu", "now": clinic.moment, **given}
    return str(clinic.run(satisfaction.rate, visit=visit, score=score, **words))


def by_sms(clinic: Any, visit: int, score: int, inbox: int, comment: str = "") -> str:
    return rate(clinic, visit, score, channel="sms", question=1, inbox=inbox, comment=comment)


def said(clinic: Any) -> Any:
    return clinic.rows(Satisfaction.score, Satisfaction.comment, Satisfaction.channel)


def test_said_by_sms_with_a_comment_and_once(was: Any, clinic: Any) -> None:
    assert by_sms(clinic, was.id, 5, inbox=7, comment="医生很耐心") == "thanks"
    assert by_sms(clinic, was.id, 5, inbox=7, comment="医生很耐心") == "thanks"  # the same text, after a crash
    assert by_sms(clinic, was.id, 1, inbox=8) == "already"
    assert said(clinic) == [(5, "医生很耐心", "sms")]
    assert clinic.rows(Question.answer) == ["5 医生很耐心"]
    assert clinic.rows(Audit.action).count("visit.rate") == 2


def test_said_by_menu_closes_the_question(was: Any, clinic: Any) -> None:
    assert rate(clinic, was.id, 2) == "sorry"
    assert rate(clinic, was.id, 2) == "sorry"
    assert rate(clinic, was.id, 4) == "already"
    assert said(clinic) == [(2, "", "menu")]
    assert clinic.rows(Question.answered_at) == [clinic.moment]


def test_only_ones_own_visit_that_has_been_and_only_points_that_there_are(was: Any, notices: Any, clinic: Any) -> None:
    assert rate(clinic, was.id, 5, phone=OTHER_PHONE) == "over"
    assert rate(clinic, was.id, 6) == "over"
    assert rate(clinic, 99, 5) == "over"
    assert rate(clinic, clinic.book(4).id, 5) == "over"
    assert said(clinic) == [(None, "", "")]


def test_what_can_be_rated_by_menu(was: Any, notices: Any, clinic: Any) -> None:
    def listed(phone: str = PHONE) -> list[Any]:
        return list(clinic.run(satisfaction.to_rate, phone=phone, now=clinic.moment))

    assert listed() == [satisfaction.ToRate(was.id, TODAY, Name("全科", "General practice"))]
    assert listed(OTHER_PHONE) == []
    notices.at(16, 9)
    assert listed() == []  # more than a week ago
    notices.at(9, 9)
    rate(clinic, was.id, 3)
    assert listed() == []


def test_who_was_not_satisfied_is_listed_until_somebody_has_called(was: Any, clinic: Any) -> None:
    assert clinic.run(satisfaction.unhappy, since=TODAY) == []
    by_sms(clinic, was.id, 1, inbox=7, comment="等了两小时")
    [line] = clinic.run(satisfaction.unhappy, since=TODAY)
    assert (line.visit, line.score, line.comment, line.name, line.phone) == (
        was.id,
        1,
        "等了两小时",
        "王*",
        "+86154****0001",
    )
    assert clinic.run(satisfaction.unhappy, since=TODAY, centre="NH") == []
    [line] = clinic.run(satisfaction.unhappy, since=TODAY, shown=True)
    assert (line.name, line.phone) == ("王芳", PHONE)
    assert clinic.run(satisfaction.called, visit=was.id, by="li", now=clinic.moment)
    assert not clinic.run(satisfaction.called, visit=was.id, by="li", now=clinic.moment)
    assert clinic.run(satisfaction.unhappy, since=TODAY) == []
    assert [each.called_at for each in clinic.run(satisfaction.unhappy, since=TODAY, every=True)] == [clinic.moment]
    assert ("staff:li", "satisfaction.called") in clinic.rows(Audit.actor, Audit.action)


def put(clinic: Any, scores: list[int | None], practitioner: int | None, day: dt.date = TODAY, first: int = 1) -> None:
    rows = [
        Satisfaction(
            visit_id=first + place,
            centre_id=1,
            department_id=1,
            practitioner_id=practitioner,
            asked_on=day,
            score=score,
            answered_at=clinic.moment if score else None,
        )
        for place, score in enumerate(scores)
    ]
    clinic.run(lambda s: s.add_all(rows))


def report(clinic: Any, by: str, since: dt.date = TODAY, until: dt.date = TODAY) -> Any:
    return clinic.run(satisfaction.report, since=since, until=until, by=by)


def test_the_figures_of_a_centre(clinic: Any) -> None:
    put(clinic, [5, 5, 4, 2, None, None], 1)
    put(clinic, [1], 1, day=TODAY + dt.timedelta(days=1), first=10)
    [line] = report(clinic, "centre")
    assert (line.asked, line.answered, line.scores, line.mean, line.good) == (6, 4, (0, 1, 0, 1, 2), 4.0, 0.75)
    assert line.names == (Name("东苑中心", "Dongyuan Centre"),)
    [line] = report(clinic, "department", until=TODAY + dt.timedelta(days=1))
    assert (line.asked, line.answered, [name.zh for name in line.names]) == (7, 5, ["东苑中心", "全科"])
    assert report(clinic, "centre", TODAY - dt.timedelta(days=9), TODAY - dt.timedelta(days=1)) == []


def test_without_answers_there_is_no_mean(clinic: Any) -> None:
    put(clinic, [None, None], 1)
    [line] = report(clinic, "centre")
    assert (line.asked, line.answered, line.scores, line.mean, line.good) == (2, 0, (0,) * 5, None, None)


def practitioners(clinic: Any, many: int) -> None:
    new = [
        Practitioner(centre_id=1, department_id=1, code=str(n), name_zh=f"医生{n}", name_en=f"Doctor {n}")
        for n in range(2, many + 1)
    ]
    clinic.run(lambda s: s.add_all(new))


def test_practitioners_with_few_answers_are_not_shown_apart(clinic: Any) -> None:
    practitioners(clinic, 3)
    put(clinic, [5] * 5, 1)
    put(clinic, [1, 2, 3, None], 2, first=10)
    put(clinic, [4, 5, 5, 5], 3, first=20)
    shown, few = report(clinic, "practitioner")
    assert (shown.names[-1].zh, shown.mean) == ("欧阳雨桐", 5.0)
    assert (few.names, few.asked, few.answered, few.scores) == ((), 8, 7, (1, 1, 1, 1, 3))


@pytest.mark.parametrize("scores", [[1, 2, 3, None], [1, 1, 1, 1, None]])
def test_one_alone_with_few_answers_is_not_shown_in_disguise_either(clinic: Any, scores: list[int | None]) -> None:
    practitioners(clinic, 2)
    put(clinic, [5] * 5, 1)
    put(clinic, scores, 2, first=10)
    _, few = report(clinic, "practitioner")
    assert (few.names, few.asked, few.scores, few.mean, few.good) == ((), len(scores), None, None, None)


def test_visits_without_a_practitioner_count_for_their_department(clinic: Any) -> None:
    put(clinic, [5] * 6, None)
    assert report(clinic, "practitioner") == []
    assert report(clinic, "department")[0].answered == 6
