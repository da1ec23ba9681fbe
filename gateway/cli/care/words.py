"""Plans, reasons and readings in the words of the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clinic.care.high_risk import Risk
    from clinic.care.norms import Reason
    from clinic.care.plan import Due, Rule, Year
    from clinic.care.reading.values import Reading

RULES: dict[Rule, str] = {
    "never_seen": "was never seen",
    "routine": "under control",
    "uncontrolled": "not under control, for the first time",
    "adverse_reaction": "an adverse reaction, for the first time",
    "twice_running": "not under control twice running: refer",
    "new_complication": "a new complication: refer",
    "emergency": "an emergency: refer at once",
    "not_measured": "nothing was measured",
    "pre_high": "not far from ill: half-yearly",
}
REASONS: dict[str, str] = {
    "emergency_pressure": "{measured} reaches {limit}",
    "emergency_glucose_high": "{measured} reaches {limit} mmol/L",
    "emergency_glucose_low": "{measured} is {limit} mmol/L or less",
    "below_goal": "{measured} is below {limit}",
    "not_below_goal": "{measured} is not below {limit}",
    "adverse_reaction": "adverse reaction",
    "new_complication": "new complication",
    "danger_sign": "sign of danger: {measured}",
    "not_measured": "not measured",
}


def why(due: Due) -> str:
    """`under control on 2017-06-20 (5.3 is below 7.0): 3 months later`."""
    said = RULES[due.rule]
    if due.after is None or due.interval is None:
        return said
    reasons = "; ".join(reason(each) for each in due.outcome.reasons) if due.outcome else ""
    return f"{said} on {due.after} ({reasons}): {length(due.interval.months, due.interval.days)} later"


def reason(of: Reason) -> str:
    return REASONS.get(of.code, of.code).format(measured=of.measured, limit=of.limit)


def length(months: int, days: int) -> str:
    if months:
        return f"{months} month{'s' * (months != 1)}"
    return f"{days // 7} weeks" if days % 7 == 0 and days > 7 else f"{days} days"


def year(of: Year) -> str:
    """`2 of 4 visits, 1 of 1 examinations`; fasting tests where there must be any."""
    parts = [
        f"{tally.done} of {tally.needed} {what}"
        for tally, what in ((of.visits, "visits"), (of.examinations, "examinations"), (of.fasting_tests, "tests"))
        if tally.needed
    ]
    return ", ".join(parts) + (": will be missed" if of.behind else "")


def figures(readings: Iterable[Reading]) -> str:
    from clinic.care.wording import figures as written  # noqa: PLC0415

    return written("en", readings)


def risk(of: Risk) -> str:
    match of.why:
        case "emergency":
            return f"emergency {of.days} days ago" if of.days else "emergency today"
        case "refer":
            return "to be referred"
        case "worse":
            before, now = (figures([each]) if each else "" for each in (of.before, of.now))
            return f"worse: {before} before, {now} in the last 30 days"
    return "never a reading" if of.days is None else f"no reading for {of.days} days"
