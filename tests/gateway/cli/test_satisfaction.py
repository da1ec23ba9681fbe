"""`caredial satisfaction`: figures, and whom to call."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from clinic.tables import Audit, Practitioner, Satisfaction, Visit
from clinic.visit_notices import satisfaction
from tests.gateway.cli.conftest import PHONE, SHANGHAI


@pytest.fixture
def said(place: Any) -> Any:
    """A visit of today with one point, and six answers for the first practitioner, four for the second."""
    visit = place.book()
    now = dt.datetime.now(SHANGHAI)
    place.store.run_now(lambda s: s.execute(update(Visit).values(state="fulfilled")) and None)
    given = {"visit": visit.id, "phone": PHONE, "score": 1, "comment": "等了两小时", "channel": "sms", "now": now}
    assert place.store.run_now(satisfaction.rate, **given) == "sorry"

    def write(session: Any) -> None:
        first, second = session.scalars(select(Practitioner).order_by(Practitioner.id).limit(2))
        session.get(Satisfaction, 1).practitioner_id = None
        for number, (person, score) in enumerate([(first, 5)] * 4 + [(first, 3)] * 2 + [(second, 4)] * 4, start=100):
            session.add(
                Satisfaction(
                    visit_id=number,
                    centre_id=person.centre_id,
                    department_id=person.department_id,
                    practitioner_id=person.id,
                    asked_on=now.date(),
                    score=score,
                    answered_at=now,
                )
            )

    place.store.run_now(write)
    return place


def test_the_figures_of_centres(caredial: Any, said: Any) -> None:
    result = caredial("satisfaction", "report")
    assert result.exit_code == 0, result.output
    assert "东苑" in result.stdout
    [line] = [json.loads(line) for line in caredial("satisfaction", "report", "--json").stdout.splitlines()]
    assert (line["asked"], line["answered"], line["scores"]) == (11, 11, {"1": 1, "2": 0, "3": 2, "4": 4, "5": 4})
    assert (line["mean"], line["good"]) == (3.91, 0.7273)


def test_practitioners_with_few_answers_are_not_shown_apart(caredial: Any, said: Any) -> None:
    shown = caredial("satisfaction", "report", "--by", "practitioner").stdout
    assert "fewer than 5 answers each, together" in shown
    rows = list(csv.DictReader(io.StringIO(caredial("satisfaction", "report", "--by", "practitioner", "--csv").stdout)))
    assert [(row["answered"], row["mean"], row["score_4"]) for row in rows] == [("6", "4.33", "0"), ("4", "", "")]


def test_another_time_has_nothing(caredial: Any, said: Any) -> None:
    assert caredial("satisfaction", "report", "--until", "-1", "--json").stdout == ""
    result = caredial("satisfaction", "report", "--since", "today", "--until", "-1")
    assert (result.exit_code, "--until: that is before --since" in result.stderr) == (2, True)


def test_whom_to_call_masked_shown_and_called(caredial: Any, said: Any) -> None:
    shown = caredial("satisfaction", "low").stdout
    for words in ("1 answers of 1 and 2", "周**", "+86154****0009", "等了两小时"):
        assert words in shown
    assert "周志强" not in shown
    shown = caredial("satisfaction", "low", "--centre", "DY", "--shown", "--by", "li").stdout
    assert "周志强" in shown
    assert PHONE in shown
    assert "visit 1: called" in caredial("satisfaction", "called", "1", "--by", "li").stdout
    assert "0 answers" in caredial("satisfaction", "low").stdout
    assert "1 answers" in caredial("satisfaction", "low", "--all").stdout
    assert "0 answers" in caredial("satisfaction", "low", "--all", "--centre", "NH").stdout
    result = caredial("satisfaction", "called", "1")
    assert (result.exit_code, "nobody waits for a call about visit 1" in result.stderr) == (1, True)
    actions = said.store.run_now(lambda s: list(s.execute(select(Audit.actor, Audit.action).order_by(Audit.id))))
    assert [tuple(each) for each in actions][-2:] == [
        ("staff:li", "satisfaction.shown"),
        ("staff:li", "satisfaction.called"),
    ]
