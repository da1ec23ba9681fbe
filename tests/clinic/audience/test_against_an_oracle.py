"""Any expression means in SQL what plain Python says that it means, resident by resident, number by number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from dateutil.relativedelta import relativedelta
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.audience import explain
from clinic.residents import age

TODAY = dt.date(2027, 3, 31)
Truth = bool | None
DAYS = st.sampled_from([TODAY, dt.date(2027, 2, 28), dt.date(2028, 2, 29), dt.date(2027, 3, 1), dt.date(2027, 9, 30)])

CLAUSES = st.one_of(
    st.sampled_from(["centre:NH", "centre:DY", "centre:DY,NH", "grid:NH-01", "grid:NH-02,DY-01", "sex:male", "all"]),
    st.sampled_from(["tag:hypertension", "tag:妊娠,diabetes", "language:zh", "language:en", "language:zh,en"]),
    st.sampled_from(["due:MMR", "due:HepB", "due:DTaP", "due:MMR,HepB"]),
    st.sampled_from(["list:flu", "list:dogs", "list:smoke", "list:flu,dogs"]),
    st.tuples(st.sampled_from([">=", "<=", "<", ">", "="]), st.integers(0, 90)).map(lambda it: f"age{it[0]}{it[1]}"),
    st.tuples(st.integers(0, 20), st.integers(0, 60)).map(lambda it: f"age:{it[0]}-{it[0] + it[1]}"),
    st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda it: f"age:{it[0]}-{it[0] + it[1]}m"),
)
EXPRESSIONS = st.recursive(
    CLAUSES,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]}) or ({three[1]}) or ({three[2]})"),
        st.tuples(CLAUSES, CLAUSES, CLAUSES).map(lambda three: f"{three[0]} or not {three[1]} and {three[2]}"),
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expression=EXPRESSIONS, today=DAYS, most=st.sampled_from([7, 100]))
def test_members_and_counts_are_those_of_the_oracle(crowd: Any, expression: str, today: dt.date, most: int) -> None:
    wanted = list(members(crowd, expression, today))
    assert crowd.whom(expression, today=today, most=most) == wanted
    counted = crowd.run(explain, expression, today=today)
    top = [line for line in counted if line.depth == 0]
    assert top[-1].left == len(wanted)
    for line in counted:
        assert line.alone == len(list(members(crowd, line.text, today, lists=named(expression))))


# The oracle: a parser of its own, no SQL, dates by another library.


def members(crowd: Any, expression: str, today: dt.date, lists: list[str] | None = None) -> Iterator[int | str]:
    lists = named(expression) if lists is None else lists
    reached = {person.phone for person in crowd.people.values()}
    for number, person in sorted(crowd.people.items()):
        if truth(crowd, expression, lambda clause, it=person: of_person(crowd, it, clause, today)):
            yield number
    seen: set[str] = set()
    for name in lists:
        for row in crowd.lists[name]:
            if row.phone not in reached | seen and truth(
                crowd, expression, lambda clause, it=row: of_row(crowd, it, clause)
            ):
                yield row.phone
        seen |= {row.phone for row in crowd.lists[name]}


def named(expression: str) -> list[str]:
    words = expression.replace("(", " ").replace(")", " ").split()
    return list(dict.fromkeys(name for word in words if word[:5] == "list:" for name in word[5:].split(",")))


def truth(crowd: Any, expression: str, ask: Any) -> Truth:
    """Kleene's logic by recursive descent: or, and, not, brackets."""
    words = expression.replace("(", " ( ").replace(")", " ) ").split()

    def either() -> Truth:
        found = [both()]
        while words and words[0] == "or":
            words.pop(0)
            found.append(both())
        return True if True in found else (None if None in found else False)

    def both() -> Truth:
        found = [term()]
        while words and words[0] == "and":
            words.pop(0)
            found.append(term())
        return False if False in found else (None if None in found else True)

    def term() -> Truth:
        word = words.pop(0)
        if word == "not":
            inner = term()
            return None if inner is None else not inner
        if word == "(":
            inner = either()
            words.pop(0)
            return inner
        answer: Truth = ask(word)
        return answer

    return either()


def of_person(crowd: Any, person: Any, clause: str, today: dt.date) -> bool:  # noqa: PLR0911  a kind, a return
    if clause == "all":
        return True
    if clause.startswith("age"):
        return aged(person.birth, clause[3:], today)
    kind, values = clause.split(":")
    wanted = values.split(",")
    match kind:
        case "centre":
            return {1: "DY", 2: "NH", None: None}[person.centre] in wanted
        case "grid":
            return person.grid in wanted
        case "sex":
            return person.sex in wanted
        case "tag":
            return bool({*person.tags} & {*wanted})
        case "language":
            return crowd.languages.get(person.phone) in wanted
        case "list":
            return any(row.phone == person.phone for name in wanted for row in crowd.lists[name])
    return any(due(person, vaccine, today) for vaccine in wanted)


def of_row(crowd: Any, row: Any, clause: str) -> Truth:
    kind, _, values = clause.partition(":")
    if kind == "list":
        return any(other.phone == row.phone for name in values.split(",") for other in crowd.lists[name])
    if kind == "language":
        subscribed = [phone for person in crowd.people.values() for phone, _ in person.named_by]
        chosen = crowd.languages.get(row.phone) if row.phone in subscribed else None
        return (chosen or row.language) in values.split(",")
    return False if clause == "all" else None


def aged(birth: dt.date, written: str, today: dt.date) -> bool:
    months = written.endswith("m")
    # Who is yet to be born is -1.
    full = (today.year - birth.year) * 12 + today.month - birth.month
    is_now = full - (birth + relativedelta(months=full) > today) if months else age(birth, today)
    if written.startswith(":"):
        low, high = written[1:].rstrip("m").split("-")
        return int(low) <= is_now <= int(high)
    sign = written.rstrip("0123456789")
    figure = int(written[len(sign) :])
    return {">=": is_now >= figure, "<=": is_now <= figure, "<": is_now < figure, ">": is_now > figure}.get(
        sign, is_now == figure
    )


MMR = [(8, 0), (18, 28)]
HEPB = [(0, 0), (1, 28), (6, 60)]
DTAP = [(2, {}), (4, {"days": 28}), (6, {"days": 28}), (18, {"months": 6}), (72, {"months": 12})]
SERIES: dict[str, Any] = {
    "MMR": ([(months, {"days": days}) for months, days in MMR], 216),
    "HepB": ([(months, {"days": days}) for months, days in HEPB], 216),
    "DTaP": (DTAP, 84),
}


def due(person: Any, vaccine: str, today: dt.date) -> bool:
    doses, not_from = SERIES[vaccine]
    given = [day for code, _, day in person.doses if code == vaccine]
    if len(given) >= len(doses) or person.birth + relativedelta(months=not_from) <= today:
        return False
    months, interval = doses[len(given)]
    old_enough = person.birth + relativedelta(months=months) <= today
    return old_enough and (not given or max(given) + relativedelta(**interval) <= today)
