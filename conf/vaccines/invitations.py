"""The simple view of an edition, for conditions of SQL: a vaccine, and the doses for which families are invited.

It tells the usual way of the youngest children: what is caught up, and how, only `clinic.vaccines` knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conf.lengths import Length
from conf.texts.words import Name
from conf.vaccines.edition import Course, Dose, Edition, Series


@dataclass(frozen=True, slots=True)
class Turn:
    """`number` in its series; due from `age` months on, and `interval` after the dose before (None: the first)."""

    number: int
    age: int
    interval: Length | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A vaccine of the schedule; `not_from` is the age in months from which it is not given.

    `counts`: doses of these count, the next one's number is one more; `unless`: not asked for where a dose of one of
    these was given, they are the other way to the same protection.
    """

    code: str
    name: Name
    counts: tuple[str, ...]
    unless: tuple[str, ...]
    not_from: int
    doses: tuple[Turn, ...]


def invitations(edition: Edition) -> dict[str, Invitation]:
    """The vaccines that an edition gives, by their codes."""
    found = [each for series in edition.series.values() for each in _of_series(edition, series)]
    return {each.code: each for each in found}


def _of_series(edition: Edition, series: Series) -> Iterator[Invitation]:
    youngest = [course for course in series.ways if course.born_before is None and course.birth_weight_under is None]
    ways = {course.doses[0].vaccines[0]: course for course in reversed(youngest)}
    for code in series.vaccines:
        turns = tuple(_turns(series, ways.get(code, youngest[0]), code))
        if turns:
            yield Invitation(
                code=code,
                name=edition.vaccines[code].name,
                counts=_counts(edition, series, code),
                unless=tuple(other for other in ways if other != code) if len(ways) > 1 else (),
                not_from=_not_from(series, code).months,
                doses=turns,
            )


def _turns(series: Series, course: Course, code: str) -> Iterator[Turn]:
    for dose in course.doses:
        if _given_as(series, dose) == code:
            yield Turn(dose.dose, dose.age.months, dose.interval)
    late = series.late
    if late and late.vaccine == code:
        before = len(course.doses) if code in course.doses[-1].vaccines else 0
        yield Turn(before + 1, late.from_age.months, late.interval(before) if before else None)


def _given_as(series: Series, dose: Dose) -> str:
    """The vaccine of a dose where none was missed."""
    must = series.must_have
    if must is None:
        return dose.vaccines[0]
    others = [code for code in dose.vaccines if code != must.vaccine]
    return must.vaccine if dose.dose <= must.doses or not others else others[0]


def _counts(edition: Edition, series: Series, code: str) -> tuple[str, ...]:
    """One vaccine after the other counts as one series; where each has a way of its own, or a rule, only itself. Then
    the products that count as such a one, whatever the age and the birth."""
    own = _own(series, code)
    return *own, *(name for name, product in edition.products.items() if not set(own).isdisjoint(product.counts))


def _own(series: Series, code: str) -> tuple[str, ...]:
    if series.must_have or (series.late and series.late.vaccine in series.ways[0].doses[-1].vaccines):
        return series.vaccines
    return (code,)


def _not_from(series: Series, code: str) -> Length:
    late = series.late
    return late.from_age if late and late.vaccine != code else series.not_from
