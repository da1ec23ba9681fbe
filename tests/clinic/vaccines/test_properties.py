"""What holds of every child: no answer depends on chance or order, doses only help, nothing changes unlooked."""

from __future__ import annotations

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.audience.ages import latest
from clinic.months import after
from clinic.vaccines.due import due
from clinic.vaccines.judging import judge
from clinic.vaccines.reasons import lines
from clinic.vaccines.records import Child, Contra, Due, Given
from clinic.vaccines.today import next_look, school_entry, together
from conf.lengths import Length
from conf.texts import LANGUAGES
from conf.vaccines import edition, editions

A_DAY = dt.timedelta(days=1)
CODES = (*edition(dt.date(2025, 1, 1)).vaccines, "XX")
BIRTHS = st.dates(dt.date(2014, 1, 1), dt.date(2027, 1, 1))
# Ages at which rules turn, in months, and some days around them.
MONTHS = st.sampled_from((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 18, 24, 36, 48, 60, 72, 84, 144, 216))
DAYS = st.integers(-3, 65)


@st.composite
def children(draw: st.DrawFn) -> Child:
    birth = draw(BIRTHS)
    day = st.builds(lambda months, days: after(birth, Length(months)) + days * A_DAY, MONTHS, DAYS)
    against = st.sampled_from((*CODES[:-1], "live", "all"))
    contra = st.builds(
        lambda against, since, days: Contra(against, since, None if days is None else since + days * A_DAY),
        against,
        day,
        st.none() | st.integers(0, 90),
    )
    return Child(
        birth=birth,
        doses=tuple(draw(st.lists(st.builds(Given, st.sampled_from(CODES), day), max_size=22))),
        contraindications=tuple(draw(st.lists(contra, max_size=2))),
        immunoglobulin=tuple(draw(st.lists(day, max_size=1))),
        birth_weight=draw(st.sampled_from((None, 1500, 1999, 2000, 3200))),
    )


@st.composite
def days_of(draw: st.DrawFn, child: Child) -> dt.date:
    return after(child.birth, Length(draw(MONTHS))) + draw(DAYS) * A_DAY


def answer(dues: tuple[Due, ...]) -> list[tuple[str, str, str, int, bool]]:
    return [(each.series, each.status, each.vaccine, each.number, each.skin_test) for each in dues]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), child=children())
def test_the_order_in_which_things_are_on_record_does_not_matter(data: st.DataObject, child: Child) -> None:
    today = data.draw(days_of(child))
    other = Child(
        child.birth,
        tuple(data.draw(st.permutations(child.doses))),
        tuple(data.draw(st.permutations(child.contraindications))),
        child.immunoglobulin[::-1],
        child.birth_weight,
    )
    assert judge(other, today, explain=True) == judge(child, today, explain=True)
    assert due(other, today, explain=True) == due(child, today, explain=True)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), child=children())
def test_every_answer_is_whole_and_can_be_told(data: st.DataObject, child: Child) -> None:
    today = data.draw(days_of(child))
    judged, dues = judge(child, today, explain=True), due(child, today, explain=True)
    assert [each.series for each in dues] == list(edition(today).series)
    for each in dues:
        if each.earliest and each.on and each.overdue_from:
            assert max(each.earliest, today) <= each.on
            assert each.earliest <= each.overdue_from
            assert (each.status == "later") <= (each.earliest > today)
            assert each.vaccine in edition(today).series[each.series].vaccines
        else:
            assert each.status in ("complete", "contraindicated")
    for language in LANGUAGES:
        for why in (found.why for found in (*judged, *dues)):
            told = lines(why, language)
            assert told
            assert not [line for line in told if "{" in line or "None" in line]
    assert {each.series for each in together(dues)} <= {each.series for each in school_entry(child, today)}


@settings(max_examples=300, deadline=None)
@given(data=st.data(), child=children())
def test_a_dose_that_counts_never_lowers_the_number(data: st.DataObject, child: Child) -> None:
    """Who is given what is due, on the day on which it can be, goes on to the next number or is complete."""
    today = data.draw(days_of(child))
    for each in due(child, today):
        if each.status in ("due", "overdue") and each.on == today and today >= child.birth:
            more = Child(
                child.birth,
                (*child.doses, Given(each.vaccine, today)),
                child.contraindications,
                child.immunoglobulin,
                child.birth_weight,
            )
            mine = [found for found in judge(more, today) if found.series == each.series and found.given.day == today]
            if len(mine) > 1:  # an earlier one of this very day, which did not count
                continue
            assert [(found.judgement, found.number) for found in mine] == [("valid", each.number)]
            then = next(found for found in due(more, today) if found.series == each.series)
            assert then.number in (0, each.number + 1)
            assert then.number or then.status in ("complete", "contraindicated")


@settings(max_examples=120, deadline=None)
@given(data=st.data(), child=children())
def test_until_the_day_to_look_again_nothing_changes(data: st.DataObject, child: Child) -> None:
    """Day by day: status, vaccine, number and skin test of each series; and the answer's own days fall on looks."""
    today = data.draw(days_of(child))
    dues = due(child, today)
    look = next_look(child, today, dues)
    assert look is None or look > today
    end = min(look or today + 900 * A_DAY, today + 900 * A_DAY)
    for offset in range(1, (end - today).days):
        day = today + offset * A_DAY
        assert answer(due(child, day)) == answer(dues), day
    turns = {day for each in dues for day in (each.earliest, each.on, each.overdue_from) if day and day > today}
    assert not turns or (look is not None and look <= min(turns))


@given(child=children())
def test_to_look_again_comes_to_an_end(child: Child) -> None:
    today, looks = child.birth, 0
    while (look := next_look(child, today, due(child, today))) is not None:
        today, looks = look, looks + 1
    assert looks < 120


@given(st.dates(dt.date(1950, 1, 1), dt.date(2060, 1, 1)), st.integers(0, 400), st.dates())
def test_forward_and_back_are_the_same_months(day: dt.date, months: int, later: dt.date) -> None:
    end = after(day, Length(months))
    assert day <= latest(end, months)
    assert day > latest(end - A_DAY, months)
    assert after(day, Length(days=months)) == day + months * A_DAY


def test_the_editions_are_those_that_the_properties_were_tried_on() -> None:
    assert [each.start for each in editions()] == [dt.date(2021, 3, 1), dt.date(2025, 1, 1)]
