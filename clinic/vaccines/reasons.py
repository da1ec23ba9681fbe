"""Why: each rule that an answer comes from, with its days, as texts that can be told in each language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from clinic.vaccines.records import Contra, Due, Reason
from clinic.vaccines.steps import Bound, History, Step, Verdict, missing
from conf.lengths import Length
from conf.texts import Language, say
from conf.texts.words import Word
from conf.vaccines import Edition, edition

_IN_YEARS_FROM = 24  # months; below that ages of children are told in months


class Grounds(NamedTuple):
    """What an answer was made of."""

    rules: Edition
    so_far: History
    contraindications: list[Contra]
    step: Step
    waits: list[Bound]
    today: dt.date


def lines(reasons: Iterable[Reason], language: Language) -> list[str]:
    """The reasons as they are read, a line each. Days are written whole (2023-10-31): the year matters here."""
    return [say(language, reason.key, **dict(_written(reason))) for reason in reasons]


def of_dose(verdict: Verdict) -> tuple[Reason, ...]:
    """Why a dose counts, or does not."""
    rules = edition(verdict.given.day)
    return *_of_verdict(rules, verdict), Reason("why.edition", {"day": rules.start})


def of_complete(series: str, so_far: History) -> tuple[Reason, ...]:
    return Reason("why.complete", {"count": len(so_far.track(series).valid)}), *_not_counted(series, so_far)


def of_contraindicated(rules: Edition, series: str, exist: list[Contra]) -> tuple[Reason, ...]:
    return *_barred(rules, rules.series[series].vaccines, exist), Reason("why.edition", {"day": rules.start})


def explained(due: Due, grounds: Grounds) -> Due:
    """The answer with its reasons: what did not count, the next dose with its bounds, what it waits for, its limits."""
    return replace(due, why=tuple(_of_due(due, grounds)))


def _of_due(due: Due, grounds: Grounds) -> Iterator[Reason]:
    rules, so_far, step = grounds.rules, grounds.so_far, grounds.step
    series = rules.series[due.series]
    yield from _not_counted(due.series, so_far)
    yield from _barred(rules, series.vaccines, grounds.contraindications)
    yield Reason("why.next", {"number": due.number, "vaccine": _name(rules, due.vaccine)})
    yield from (_of_bound(rules, bound) for bound in step.bounds)
    must = series.must_have
    lacking = missing(must, so_far.child, so_far.track(due.series)) if must else 0
    if must and lacking:
        needed, name = must.needed(so_far.child.birth), _name(rules, must.vaccine)
        yield Reason("why.must_have", {"count": needed, "vaccine": name, "left": lacking})
    yield from _waited(due, grounds)
    if due.status == "too_old":
        ends = so_far.ages[series.not_from]
        yield Reason("why.too_old", {"day": ends, **_length(series.not_from, "age")})
    else:
        yield from _of_days(due, grounds)
    if due.skin_test and series.skin_test_from:
        age = series.skin_test_from
        yield Reason("why.skin_test", {"day": so_far.ages[age], **_length(age, "age")})
    yield Reason("why.edition", {"day": rules.start})


def _waited(due: Due, grounds: Grounds) -> Iterator[Reason]:
    """What keeps a dose that is due by its own rules from being given."""
    if due.earliest and due.on:
        start = max(due.earliest, grounds.today)
        yield from (_of_wait(grounds, wait) for wait in sorted(grounds.waits) if start < wait.day <= due.on)


def _of_days(due: Due, grounds: Grounds) -> Iterator[Reason]:
    if due.on and due.overdue_from:
        yield Reason("why.now") if due.on == grounds.today else Reason("why.on", {"day": due.on})
        yield Reason("why.overdue" if due.status == "overdue" else "why.limit", {"day": due.overdue_from})


def _of_verdict(rules: Edition, verdict: Verdict) -> Iterator[Reason]:
    given, step, broken = verdict.given, verdict.step, verdict.broken
    words: dict[str, Word] = {"given": given.day, "vaccine": _name(rules, given.vaccine)}
    if step is None:
        yield Reason(f"why.{verdict.judgement}", words)
        return
    words["number"] = step.number
    if verdict.judgement == "wrong_vaccine":
        words["right"] = _name(rules, step.vaccines[0])
    if broken is None:
        yield Reason(f"why.{verdict.judgement}", words)
    else:
        words["days"] = (broken.day - given.day).days
        yield Reason("why.too_early" if verdict.judgement == "too_early" else "why.too_close", words)
    yield from (_of_bound(rules, bound) for bound in ([broken] if broken else step.bounds))


def _not_counted(series: str, so_far: History) -> Iterator[Reason]:
    for verdict in so_far.verdicts:
        if verdict.series == series and verdict.judgement != "valid":
            yield next(_of_verdict(edition(verdict.given.day), verdict))  # its bounds are told where it is judged


def _of_bound(rules: Edition, bound: Bound) -> Reason:
    counted = "age" if bound.rule in ("age", "only", "late") else "interval"
    words: dict[str, Word] = {"day": bound.day, "since": bound.since, **_length(bound.length, counted)}
    if bound.number:
        words["number"] = bound.number
    if bound.vaccine:
        words["vaccine"] = _name(rules, bound.vaccine)
    if bound.rule == "age" and not any(bound.length):
        return Reason("why.birth", words)
    return Reason(f"why.{bound.rule}", words)


def _of_wait(grounds: Grounds, wait: Bound) -> Reason:
    if wait.rule == "contraindication":
        return Reason("why.contraindication", {"since": wait.since, "day": wait.day})
    return _of_bound(grounds.rules, wait)


def _barred(rules: Edition, vaccines: Iterable[str], exist: list[Contra]) -> Iterator[Reason]:
    for code in vaccines:
        against = {code, "all", "live"} if code in rules.live else {code, "all"}
        found = [each.since for each in exist if each.until is None and each.against in against]
        if found:
            yield Reason("why.barred", {"vaccine": _name(rules, code), "since": min(found)})


def _length(length: Length, counted: str) -> dict[str, Word]:
    """`counted`: age or interval; ages of 2 years and more are told in years, and intervals of whole years too."""
    if length.days:
        return {"count": length.days, "unit": "days"}
    years, rest = divmod(length.months, 12)
    if rest or length.months < _IN_YEARS_FROM:
        return {"count": length.months, "unit": "months"}
    return {"count": years, "unit": "birthdays" if counted == "age" else "years"}


def _name(rules: Edition, code: str) -> Word:
    vaccine = rules.vaccines.get(code)
    return vaccine.name if vaccine else code


def _written(reason: Reason) -> Iterator[tuple[str, Word]]:
    for name, word in reason.words.items():
        yield name, word.isoformat() if isinstance(word, dt.date) else word
