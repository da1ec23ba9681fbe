"""For any population: what is shown is what is written, and, when all of it is delivered, what is reported."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.pool import StaticPool

from clinic.broadcasts.screening import InMemory
from clinic.broadcasts.views import LinkShape
from clinic.rules import Rules
from clinic.tables import Base, Centre, Message
from gateway.store import Store
from smpp.settings import LinkSettings

from .conftest import BOTH, Town, phone

PHONES = st.one_of(
    st.none(),
    st.integers(1, 8).map(phone),
    st.integers(1, 4).map(lambda number: f"+8613{number:09d}"),
    st.sampled_from(["10086", "+861089201234", "+864008201234"]),
)
PEOPLE = st.tuples(
    PHONES,
    st.sampled_from([1, 2, None]),
    st.sampled_from(["zh", "en", None]),
    st.sampled_from(["王芳", "Li", "欧" * 60]),
)
TEXTS = st.sampled_from(
    [
        BOTH,
        {"zh": "王" * 60},
        {"en": "{name}: come on Saturday.", "zh": "{name}，{centre}，周六" + "来" * 50},
        {"en": "{name} {age}" + "x" * 1_500},
    ]
)
LINKS = st.sampled_from(
    [
        (LinkShape("main", LinkSettings(rate=1)),),
        (
            LinkShape("own", LinkSettings(prefixes=("86154",), segments="udh16")),
            LinkShape("rest", LinkSettings(rate=5)),
        ),
        (),
    ]
)


def small_town() -> Town:
    """In memory, without the migrations: hundreds of them are made."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    Base.metadata.create_all(engine)
    town = Town(Store(engine).run_now)
    town.run(lambda s: s.add_all(Centre(id=number, code=f"C{number}", name_zh=f"中心{number}") for number in (1, 2)))
    return town


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    people=st.lists(PEOPLE, max_size=14),
    refused=st.sets(st.integers(1, 8), max_size=3),
    agreed=st.sets(st.integers(1, 8), max_size=5),
    consent_class=st.sampled_from(["public", "education", "commercial"]),
    texts=TEXTS,
    links=LINKS,
    start=st.integers(0, 23),
    lifetime=st.integers(1, 24),
    earlier=st.integers(0, 2),
    chunk=st.integers(1, 6),
    used=st.integers(19_990, 20_010),
)
def test_shown_is_written_is_reported(
    people: Any,
    refused: set[int],
    agreed: set[int],
    consent_class: Any,
    texts: Any,
    links: Any,
    start: int,
    lifetime: int,
    earlier: int,
    chunk: int,
    used: int,
) -> None:
    town = small_town()
    town.links, town.rules = links, Rules(lifetime=dt.timedelta(hours=lifetime), daily_limit=1)
    town.moment = town.at(start)
    town.hours(2, dt.time(12), dt.time(13, 30))
    town.used(used)
    for reached, centre, language, name in people:
        town.add(reached, centre=centre, language=language, name=name)
    town.agree(*map(phone, agreed))
    town.refuse(*map(phone, refused))
    for _ in range(earlier):  # some have had their broadcast of the day
        number = town.draft("centre:C1")
        if town.invoice(number).recipients:
            town.send(number)
    number = town.draft(texts=texts, consent_class=consent_class)
    shown = town.invoice(number)
    assert shown.members == len(people) == shown.recipients + sum(shown.excluded.values())
    if not shown.recipients:
        return
    town.begin(number)
    while not town.write(number, chunk).done:
        pass
    rows = select(func.count(), func.sum(Message.segments), func.count(Message.phone.distinct()))
    written = tuple(town.run(lambda s: s.execute(rows.where(Message.broadcast_id == number)).one()))
    assert written == (shown.recipients, shown.segments, shown.recipients)
    town.settle(number)
    town.conclude()
    told = town.report(number)
    assert {line.key for line in told.lines if line.differs and line.key not in ("starts", "ends")} == set()
    assert (told.bill, told.line("delivered").actual) == (shown.bill, shown.recipients)
    assert Counter(told.failures) == Counter()


@given(st.lists(st.integers(1, 50).map(phone)))
def test_phones_in_memory_are_a_set(phones: list[str]) -> None:
    seen, known = InMemory(), set[str]()
    for each in phones:
        assert (each in seen) == (each in known)
        seen.add(each)
        known.add(each)


def test_a_rule_that_changes_between_is_seen_in_the_report(town: Town) -> None:
    """What differs is told, not hidden: the invoice was made with other rules than the writing."""
    town.add(phone(1))
    town.send(town.draft())
    number = town.draft()
    town.begin(number)
    town.rules = replace(town.rules, daily_limit=1)
    town.write(number)
    assert town.report(number).line("excluded.daily_limit").actual == 1
    assert town.state(number) == "sending"
