"""Children and answers in short writing, so that a test reads like a vaccination certificate."""

from __future__ import annotations

import datetime as dt

from clinic.vaccines.due import due
from clinic.vaccines.judging import judge
from clinic.vaccines.records import Child, Contra, Due, Given

DAY = dt.date.fromisoformat


def kid(
    birth: str,
    *doses: str,
    weight: int | None = None,
    contra: tuple[str, ...] = (),
    immunoglobulin: tuple[str, ...] = (),
) -> Child:
    """`kid("2023-01-31", "MMR 2023-09-30", contra=("live 2023-02-01", "all 2023-03-01 2023-03-07"))`."""
    return Child(
        birth=DAY(birth),
        doses=tuple(given(dose) for dose in doses),
        contraindications=tuple(_contra(*each.split()) for each in contra),
        immunoglobulin=tuple(map(DAY, immunoglobulin)),
        birth_weight=weight,
    )


def given(written: str) -> Given:
    vaccine, day = written.split()
    return Given(vaccine, DAY(day))


def _contra(against: str, since: str, until: str = "") -> Contra:
    return Contra(against, DAY(since), DAY(until) if until else None)


def judged(child: Child, today: str = "2040-01-01") -> list[str]:
    """`MMR 2023-09-30 valid 1` for each dose."""
    return [
        f"{each.given.vaccine} {each.given.day} {each.judgement} {each.number}" for each in judge(child, DAY(today))
    ]


def last(child: Child, today: str = "2040-01-01") -> str:
    """What became of the dose given last: `valid 1`."""
    return judged(child, today)[-1].split(maxsplit=2)[2]


def of(series: str, child: Child, today: str) -> Due:
    """What this series is at."""
    return next(each for each in due(child, DAY(today)) if each.series == series)


def told(series: str, child: Child, today: str) -> str:
    """`due MMR 2 earliest 2024-07-31 on 2024-08-03 overdue 2025-01-31`, or only `complete`."""
    found = of(series, child, today)
    if found.earliest is None:
        assert (found.vaccine, found.number, found.on, found.overdue_from) == ("", 0, None, None)
        return found.status
    return (
        f"{found.status} {found.vaccine} {found.number}"
        f" earliest {found.earliest} on {found.on} overdue {found.overdue_from}"
    )


def brief(series: str, child: Child, today: str) -> str:
    """`due MMR 2`."""
    found = of(series, child, today)
    return f"{found.status} {found.vaccine} {found.number}" if found.number else found.status
