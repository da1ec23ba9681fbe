"""`caredial care list`, `risk`, `enrol`, `visit`, `end`."""

from __future__ import annotations

import re
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.care import words
from gateway.cli.care.people import (
    AS_JSON,
    CONDITION,
    CONDITIONS,
    PERSON,
    SHOWN,
    actor,
    audited,
    check_doctor,
    find,
    print_documents,
    with_whose,
)
from gateway.cli.days import day as parsed_day
from gateway.cli.days import now_of
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.care.views import PlanLine, Which
    from gateway.config import Settings


@click.command(name="list")
@with_whose
@click.option("--condition", type=click.Choice(CONDITIONS), help="Only plans for this.")
@click.option("--due", "which", flag_value="due", help="Only those due within a fortnight, or before.")
@click.option("--overdue", "which", flag_value="overdue", help="Only those whose visit was due before today.")
@click.option("--missing", "which", flag_value="missing", help="Only those whose visits of this year will be missed.")
@click.option("--refer", is_flag=True, help="Only those to be referred.")
@click.option("--high-risk", is_flag=True, help="Only those at risk, as `caredial care risk` shows them.")
@SHOWN
@AS_JSON
@with_config
def list_(
    doctor: str | None,
    centre: str | None,
    condition: Any,
    which: Which | None,
    refer: bool,
    high_risk: bool,
    shown: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """List who is followed up, by the day of the next visit.

    \b
    Examples:
        caredial care list --doctor DY-QK-1 --due
        caredial care list --overdue --centre NH --shown
        caredial care list --missing
        caredial care list --refer
    """
    from clinic.care import views  # noqa: PLC0415

    settings = read_settings(config)
    today = now_of(settings).date()
    given: dict[str, Any] = {"doctor": doctor, "centre": centre, "condition": condition, "shown": shown}
    with opened_store(settings) as store:
        check_doctor(store, doctor, centre)
        found = store.run_now(views.listed, today=today, which=which or "all", **given)
        if refer:
            found = [line for line in found if line.refer]
        if high_risk:
            found = [line for line in found if line.resident in _risky(store, settings)]
        audited(store, settings, "list", None, shown=shown)
    if as_json:
        print_documents(asdict(line) for line in found)
    else:
        _show(found)


@click.command()
@with_whose
@SHOWN
@AS_JSON
@with_config
def risk(doctor: str | None, centre: str | None, shown: bool, as_json: bool, config: Path | None) -> None:
    """List who needs a look before their turn, and why; the gravest first.

    An emergency in the last 30 days; to be referred; a mean that got worse (10 mmHg, 1.0 mmol/L against the 60 days
    before); no reading for long ([care] silent_days).

    \b
    Examples:
        caredial care risk --doctor DY-QK-1
        caredial care risk --json | jq -r 'select(.risks[].why == "worse") | .resident'
    """
    from clinic.care import high_risk  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415
    from gateway.given import rules_of  # noqa: PLC0415

    settings = read_settings(config)
    now = now_of(settings)
    given: dict[str, Any] = {"doctor": doctor, "centre": centre, "shown": shown}
    with opened_store(settings) as store:
        check_doctor(store, doctor, centre)
        found = store.run_now(high_risk.at_risk, rules=rules_of(settings), today=now.date(), now=now, **given)
        audited(store, settings, "risk", None, shown=shown)
    if as_json:
        print_documents(
            {
                "resident": line.plan.resident,
                "doctor": line.plan.doctor_code,
                "risks": [asdict(each) for each in line.risks],
            }
            for line in found
        )
        return
    rows = [
        (line.plan.resident, line.plan.name, line.plan.age, line.plan.phone, line.plan.doctor or line.plan.doctor_code,
         "; ".join(words.risk(each) for each in line.risks))
        for line in found
    ]  # fmt: skip
    show(("No.", "Name", "Age", "Phone", "Doctor", "Why"), rows, title=f"{len(rows)} at risk")


@click.command()
@PERSON
@CONDITION
@click.option("--doctor", metavar="CODE", help="The member of staff who looks after them.")
@click.option("--since", default="today", show_default=True, metavar="DAY", help="2027-03-08, today, yesterday, -30.")
@with_config
def enrol(person: str, condition: Any, doctor: str | None, since: str, config: Path | None) -> None:
    """Follow PERSON up from now on; changes the doctor of who is in it already.

    \b
    Example:
        caredial care enrol 110101196006139981 --condition hypertension --doctor NH-QK-1
    """
    from clinic.care import followup  # noqa: PLC0415
    from gateway.given import rules_of  # noqa: PLC0415

    settings = read_settings(config)
    now = now_of(settings)
    with opened_store(settings) as store:
        found = find(store, settings, person)
        try:
            plan = store.run_now(
                followup.enrol,
                resident=found.resident,
                condition=condition,
                doctor=doctor,
                since=parsed_day(since, now.date(), "--since"),
                actor=actor(),
                rules=rules_of(settings),
                now=now,
            )
        except followup.BadCare as error:
            raise Problem(str(error)) from error
    click.echo(f"resident {found.resident} is followed up for {condition}; the next visit is due on {plan.next_on}")


@click.command()
@PERSON
@CONDITION
@click.option("--bp", metavar="S/D", help="Blood pressure in mmHg, as 135/82.")
@click.option("--glucose", metavar="MMOL", help="Fasting glucose in mmol/L, as 5.3.")
@click.option("--day", "written", default="today", show_default=True, metavar="DAY", help="When it was made.")
@click.option("--adverse-reaction", is_flag=True, help="The medicine has an adverse reaction.")
@click.option("--new-complication", is_flag=True, help="There is a new complication.")
@click.option("--examination", is_flag=True, help="It was the yearly examination, too.")
@click.option("--doctor", metavar="CODE", help="Who saw them. Default: the doctor of the plan.")
@click.option("--note", default="", help="Up to 200 characters.")
@with_config
def visit(person: str, condition: Any, bp: str | None, glucose: str | None, written: str, doctor: str | None, note: str,
          config: Path | None, **found_there: bool) -> None:  # fmt: skip
    """Write down a follow-up visit that PERSON has made, face to face; the next one is computed from it.

    What was measured on the phone is none. A second visit of the same day corrects the first.

    \b
    Examples:
        caredial care visit 8 --condition hypertension --bp 135/82
        caredial care visit 8 --condition diabetes --glucose 7.4 --day yesterday --adverse-reaction
    """
    from clinic.care import followup  # noqa: PLC0415
    from clinic.care.plan import Contact  # noqa: PLC0415
    from gateway.given import rules_of  # noqa: PLC0415

    settings = read_settings(config)
    now = now_of(settings)
    systolic, diastolic = _pressure(bp)
    contact = Contact(
        day=parsed_day(written, now.date()),
        systolic=systolic,
        diastolic=diastolic,
        fasting=_tenths(glucose),
        **found_there,  # type: ignore[arg-type]
    )
    with opened_store(settings) as store:
        found = find(store, settings, person)
        try:
            made = store.run_now(
                followup.record_visit,
                resident=found.resident,
                condition=condition,
                contact=contact,
                doctor=doctor,
                note=note,
                actor=actor(),
                rules=rules_of(settings),
                now=now,
            )
        except followup.BadCare as error:
            raise Problem(str(error)) from error
    click.echo(f"{'corrected' if made.again else 'written down'}: {made.outcome.result}")
    click.echo(f"the next visit is due on {made.due.on}: {words.why(made.due)}")
    if made.due.refer:
        click.echo("refer them to a hospital" + (", at once" if made.due.urgent else ""))
    if made.cancelled:
        click.echo(f"{made.cancelled} reminder{'s' * (made.cancelled != 1)} of it will not be sent")


@click.command()
@PERSON
@CONDITION
@with_config
def end(person: str, condition: Any, config: Path | None) -> None:
    """Follow PERSON up no more for this; what is on record stays, and reminders that wait are not sent.

    \b
    Example:
        caredial care end 8 --condition diabetes
    """
    from clinic.care import followup  # noqa: PLC0415

    settings = read_settings(config)
    with opened_store(settings) as store:
        found = find(store, settings, person)
        given: dict[str, Any] = {"resident": found.resident, "condition": condition, "actor": actor()}
        if not store.run_now(followup.end, now=now_of(settings), **given):
            raise Problem(f"resident {found.resident} is not followed up for {condition}")
    click.echo(f"resident {found.resident} is followed up for {condition} no more")


def _risky(store: Any, settings: Settings) -> set[int]:
    from clinic.care import high_risk  # noqa: PLC0415
    from gateway.given import rules_of  # noqa: PLC0415

    now = now_of(settings)
    found = store.run_now(high_risk.at_risk, rules=rules_of(settings), today=now.date(), now=now)
    return {line.plan.resident for line in found}


def _show(found: list[PlanLine]) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    rows = [
        (line.resident, line.name, line.age, line.phone, line.condition, line.doctor,
         line.next_on, f"{line.overdue} days" if line.overdue else "", words.RULES[line.rule],
         line.last_on or "never", line.last_outcome, words.year(line.year))
        for line in found
    ]  # fmt: skip
    columns = ("No.", "Name", "Age", "Phone", "For", "Doctor", "Next", "Overdue", "Why", "Last", "Found", "This year")
    show(columns, rows, title=f"{len(rows)} plans")


def _pressure(written: str | None) -> tuple[int | None, int | None]:
    if written is None:
        return None, None
    found = re.fullmatch(r"(\d{2,3})/(\d{2,3})", written)
    if found is None:
        raise Mistake(f"--bp: {written!r} is no blood pressure, as in 135/82")
    return int(found[1]), int(found[2])


def _tenths(written: str | None) -> int | None:
    if written is not None and not re.fullmatch(r"\d{1,2}(\.\d)?", written):
        raise Mistake(f"--glucose: {written!r} is no glucose in mmol/L with at most one decimal, as in 5.3")
    return None if written is None else int(Decimal(written) * 10)
