"""An edition: the rules of one schedule, as its file tells them. What they mean is in docs/vaccines.md.

The columns are explained in `national-2021.toml`; here each has its type, and what must fit together is checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints, model_validator

from conf.lengths import Age, Interval, Length, Limit
from conf.texts.words import Name

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_AFTER_ITS_AGE = 1  # months: the limit of a dose that has no own
_LONGEST_CODE = 20  # of a dose on record


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Named(_Table):
    """What has a name in both languages."""

    zh: Text
    en: Text

    @property
    def name(self) -> Name:
        return Name(self.zh, self.en)


class Vaccine(Named):
    """A vaccine; `live` is how a live one is given."""

    live: Literal["injected", "oral"] | None = None


class Older(_Table):
    """What a product counts as from an age on."""

    age: Age
    counts: tuple[str, ...] = Field(min_length=1, strict=False)


class Product(Named):
    """What is no vaccine of the programme, and counts as some of its vaccines, each given on that day.

    `older`: as others from an age on; `born_from`: of children born before, it counts as nothing.
    """

    counts: tuple[str, ...] = Field(min_length=1, strict=False)
    older: Older | None = None
    born_from: dt.date | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """All that it may count as."""
        return (*self.counts, *(self.older.counts if self.older else ()))


class Spacing(_Table):
    """What must lie between injected live vaccines, and between immunoglobulin and some vaccines."""

    live_injected: Interval
    immunoglobulin: dict[str, Interval] = Field(default_factory=dict)


class Since(_Table):
    """An interval after a dose further back than the last."""

    dose: PositiveInt
    interval: Interval


class Dose(_Table):
    """A dose of a course. `vaccines`: what it may be given as, the preferred one first."""

    dose: PositiveInt
    age: Age
    interval: Interval | None = None
    before: Limit | None = None
    since: Since | None = None
    vaccines: tuple[str, ...] = Field(default=(), strict=False)

    @cached_property
    def limit(self) -> Length:
        """The age before which it is complete."""
        return self.before or Length(self.age.months + _AFTER_ITS_AGE)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.interval is None) != (self.dose == 1):
            raise ValueError("dose 1 has no interval" if self.interval else f"dose {self.dose} needs an interval")
        if self.since and self.since.dose >= self.dose:
            raise ValueError(f"since.dose must be a dose before {self.dose}")
        if self.before and not _longer(self.before, self.age):
            raise ValueError("before must be later than age")
        return self


class Course(_Table):
    """A way through a series, and for whom."""

    doses: tuple[Dose, ...] = Field(min_length=1, strict=False)
    birth_weight_under: PositiveInt | None = None
    born_before: dt.date | None = None
    born_from: dt.date | None = None

    def fits(self, birth: dt.date, birth_weight: int | None) -> bool:
        """Whether it is for such a child; a weight that is not known is not low."""
        return (
            (self.birth_weight_under is None or (birth_weight is not None and birth_weight < self.birth_weight_under))
            and (self.born_before is None or birth < self.born_before)
            and (self.born_from is None or birth >= self.born_from)
        )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        numbers = [dose.dose for dose in self.doses]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError(f"doses must be numbered 1, 2, 3 without gaps, not {', '.join(map(str, numbers))}")
        if any(after.age < before.age for before, after in pairwise(self.doses)):
            raise ValueError("ages must not go back from dose to dose")
        return self


class DosesBorn(_Table):
    """Another figure for children born before a day."""

    before: dt.date
    doses: PositiveInt


class Only(_Table):
    """This dose may come at this age where all are of the vaccine that must be."""

    dose: PositiveInt
    age: Age


class MustHave(_Table):
    """So many doses of a series must be of this vaccine."""

    vaccine: str
    doses: PositiveInt
    interval: Interval
    doses_born: DosesBorn | None = None
    only: Only | None = None

    def needed(self, birth: dt.date) -> int:
        return self.doses_born.doses if self.doses_born and birth < self.doses_born.before else self.doses


class Late(_Table):
    """What holds of a series from an age on. `intervals`: by how many doses count already, the last for more."""

    from_age: Age
    vaccine: str
    intervals: tuple[Interval, ...] = Field(min_length=1, strict=False)
    complete_with: PositiveInt
    before: Limit

    def interval(self, valid: int) -> Length:
        return self.intervals[min(valid, len(self.intervals) - 1)]


class Enough(_Table):
    """Where so many doses of the other series count."""

    doses: PositiveInt
    age: Age
    interval: Interval


class Fewer(_Table):
    """Where fewer do."""

    age: Age
    interval: Interval


class Follows(_Table):
    """The first dose of a series looks at another series."""

    series: str
    enough: Enough
    fewer: Fewer


class Series(_Table):
    """What protects against the same thing."""

    vaccines: tuple[str, ...] = Field(min_length=1, strict=False)
    not_from: Age
    courses: dict[str, Course] = Field(min_length=1)
    skin_test_from: Age | None = None
    must_have: MustHave | None = None
    late: Late | None = None
    follows: Follows | None = None

    @cached_property
    def ways(self) -> tuple[Course, ...]:
        return tuple(self.courses.values())

    def ways_for(self, birth: dt.date, birth_weight: int | None) -> tuple[Course, ...]:
        """The courses that fit a child, in their order; never none."""
        return self.ways if len(self.ways) == 1 else tuple(way for way in self.ways if way.fits(birth, birth_weight))

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, written: Any) -> Any:
        """Doses that name no vaccine are given as the only one of the series."""
        match written:
            case {"vaccines": [str(code)], "courses": dict(courses)}:
                return {**written, "courses": {name: _named(course, code) for name, course in courses.items()}}
        return written

    @model_validator(mode="after")
    def _fits(self) -> Self:
        mistake = next(self._mistakes(), None)
        if mistake:
            raise ValueError(mistake)
        return self

    def _mistakes(self) -> Iterator[str]:
        for name, course in self.courses.items():
            for dose in course.doses:
                if not dose.vaccines:
                    yield f"courses.{name}.doses.{dose.dose}: vaccines must be named where the series has several"
                yield from (
                    f"courses.{name}.doses.{dose.dose}.vaccines: {code} is no vaccine of the series"
                    for code in dose.vaccines
                    if code not in self.vaccines
                )
            if not _longer(self.not_from, course.doses[-1].age):
                yield f"not_from must be later than the age of each dose of courses.{name}"
        yield from self._mistakes_of_rules()
        if any(not self.ways_for(birth, weight) for birth in self._births() for weight in (None, 1, 9999)):
            yield "courses: some children would have none"

    def _mistakes_of_rules(self) -> Iterator[str]:
        for place, code in (("must_have", self.must_have), ("late", self.late)):
            if code and code.vaccine not in self.vaccines:
                yield f"{place}.vaccine: {code.vaccine} is no vaccine of the series"
        most = max(len(course.doses) for course in self.ways)
        if self.must_have and max(self.must_have.doses, self.must_have.only.dose if self.must_have.only else 0) > most:
            yield f"must_have: the series has only {most} doses"
        if self.late and not _longer(self.not_from, self.late.from_age):
            yield "not_from must be later than late.from_age"

    def _births(self) -> set[dt.date]:
        """A birth of each kind that the courses tell apart."""
        days = {day for way in self.ways for day in (way.born_before, way.born_from) if day}
        return {dt.date.min, dt.date.max, *days, *(day - dt.timedelta(days=1) for day in days)}


class Contraindication(Named):
    """What is noted as a contraindication."""

    against: Literal["vaccine", "live", "all"]
    lasts: Literal["for good", "to a day"]


class NoContraindication(Named):
    """What is often taken for a contraindication and is none."""

    why_zh: Text
    why_en: Text

    @property
    def why(self) -> Name:
        return Name(self.why_zh, self.why_en)


class Edition(_Table):
    """The rules in force from a day on."""

    start: dt.date = Field(alias="from")
    give_first: tuple[str, ...] = Field(default=(), strict=False)
    vaccines: dict[str, Vaccine] = Field(min_length=1)
    products: dict[str, Product] = Field(default_factory=dict)
    spacing: Spacing
    series: dict[str, Series] = Field(min_length=1)
    contraindications: dict[str, Contraindication] = Field(default_factory=dict)
    not_contraindications: dict[str, NoContraindication] = Field(default_factory=dict)

    @cached_property
    def live(self) -> frozenset[str]:
        return frozenset(code for code, vaccine in self.vaccines.items() if vaccine.live)

    @cached_property
    def live_injected(self) -> frozenset[str]:
        return frozenset(code for code, vaccine in self.vaccines.items() if vaccine.live == "injected")

    @cached_property
    def series_of(self) -> Mapping[str, str]:
        """The series of each vaccine."""
        return {code: name for name, series in self.series.items() for code in series.vaccines}

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each vaccine in the order of series, then of vaccines."""
        return {code: place for place, code in enumerate(self.series_of)}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        mistake = next(self._mistakes(), None)
        if mistake:
            raise ValueError(mistake)
        return self

    def _mistakes(self) -> Iterator[str]:
        listed = [code for series in self.series.values() for code in series.vaccines]
        for name, series in self.series.items():
            yield from (
                f"series.{name}.vaccines: there is no vaccine {code}"
                for code in series.vaccines
                if code not in self.vaccines
            )
            if series.follows and series.follows.series not in list(self.series)[: list(self.series).index(name)]:
                yield f"series.{name}.follows.series: {series.follows.series} is no series before this one"
        yield from (f"vaccines.{code}: is in no series" for code in self.vaccines if code not in listed)
        yield from (f"vaccines.{code}: is in two series" for code in self.vaccines if listed.count(code) > 1)
        yield from (
            f"spacing.immunoglobulin: there is no vaccine {code}"
            for code in self.spacing.immunoglobulin
            if code not in self.vaccines
        )
        yield from self._mistakes_of_products()
        yield from (f"give_first: there is no series {name}" for name in self.give_first if name not in self.series)
        both = self.contraindications.keys() & self.not_contraindications.keys()
        yield from (f"contraindications.{code}: stands in not_contraindications too" for code in sorted(both))

    def _mistakes_of_products(self) -> Iterator[str]:
        for code, product in self.products.items():
            if code in self.vaccines:
                yield f"products.{code}: is a vaccine too"
            if len(code) > _LONGEST_CODE or not code.isascii():
                yield f"products.{code}: a code has at most {_LONGEST_CODE} letters, without accents"
            unknown = next((each for each in product.codes if each not in self.vaccines), None)
            if unknown:
                yield f"products.{code}: there is no vaccine {unknown} that it could count as"
            if len(set(product.counts)) < len(product.counts):
                yield f"products.{code}.counts: names a vaccine twice"


def _longer(length: Length, age: Length) -> bool:
    """Whether a length ends after an age in every month of the year."""
    return (length.months, length.days) > (age.months, 0) if not (length.days and age.months) else False


def _named(course: Any, code: str) -> Any:
    match course:
        case {"doses": [*doses]}:
            return {
                **course,
                "doses": [{"vaccines": [code], **dose} if isinstance(dose, dict) else dose for dose in doses],
            }
    return course
