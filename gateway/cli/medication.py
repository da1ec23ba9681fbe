"""`caredial medication`: what residents are reminded to take, what is left of it, and whether they take it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.cli.centres import refuse_unknown
from gateway.cli.desk import person as operator
from gateway.cli.desk import with_by
from gateway.cli.medication_desk import fields_of, no_such, opened, show_lines, tell
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake

Command = TypeVar("Command", bound=Callable[..., Any])
NUMBER = click.argument("medication", metavar="ID", type=int)
SHOWN = click.option("--shown", is_flag=True, help="Names and phone numbers in full, to call somebody.")


@click.group(short_help="Medicines: reminders to take them, doses left, who takes them.")
def medication() -> None:
    """Medicines that residents are reminded to take by SMS: times, cautions, doses left, and whether they took them.

    Who answers 1 (or 吃了, taken) has taken it, and the box counts down; when few doses are left the phone is told to
    fetch more. 停止用药提醒 or STOP MEDICINE ends the reminders. Many are imported (`caredial import medications`).

    \b
    Examples:
        caredial medication add 15400000001 氨氯地平 --dose 5毫克1片 --times 08:00 --left 28 --refill-at 7 \\
            --caution 勿与西柚同服
        caredial medication list --centre DY
        caredial medication refill 12 28
        caredial medication report --days 14 --missed 3
    """


def _with_entry(command: Command) -> Command:
    """Gives a command the options that say what is prescribed; None where one is not given."""
    for option in (
        click.option("--caution", help="What must be minded (contraindications); told with the first reminder."),
        click.option("--until", metavar="DAY", help="Last day: a date, or +30. Default: no end."),
        click.option("--since", metavar="DAY", help="First day. Default: today."),
        click.option("--refill-at", type=int, metavar="DOSES", help="So many left are few: then they are told."),
        click.option("--left", type=int, metavar="DOSES", help="Doses in the box. Default: nobody counts them."),
    ):
        command = option(command)
    return command


@medication.command()
@click.argument("resident", metavar="WHO")
@click.argument("name")
@click.option("--dose", required=True, help="How much at a time, as it is told.")
@click.option("--times", required=True, help="Times of the day: 08:00,20:00, an hour or more apart.")
@_with_entry
@with_by
@with_config
def add(resident: str, name: str, dose: str, times: str, by: str, config: Path | None, **given: Any) -> None:
    """Remind WHO (resident's number, identity number, phone or name) to take the medicine NAME.

    Times must lie outside the centre's quiet hours. Reminders name the medicine and no illness; a phone that several
    share, or that is a relative's, gets the name covered. Only phones on record for this resident are told.

    \b
    Examples:
        caredial medication add 15400000001 氨氯地平 --dose 5毫克1片 --times 08:00 --left 28 --refill-at 7
        caredial medication add 31 二甲双胍 --dose 0.5克1片 --times 08:00,18:00 --caution 随餐服用，勿饮酒 \\
            --until +90
    """
    from clinic.medication import prescriptions as medicines  # noqa: PLC0415

    with opened(config) as desk:
        fields = {name: value for name, value in fields_of(desk, times=times, **given).items() if value is not None}
        entry = medicines.Entry(**{"name": name, "dose": dose, "since": desk.now.date(), **fields})
        written = desk.run(
            medicines.add, resident=desk.who(resident), entry=entry, rules=desk.rules, installation=desk.installation,
            actor=f"staff:{operator(by)}"[:60], now=desk.now,
        )  # fmt: skip
        tell(desk, written, "is on record")


@medication.command(name="list")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@click.option("--resident", metavar="WHO", help="Only this resident's, those that were stopped too.")
@click.option("--all", "stopped_too", is_flag=True, help="Those that were stopped, too.")
@SHOWN
@with_config
def list_(centre: str | None, resident: str | None, stopped_too: bool, shown: bool, config: Path | None) -> None:
    """List the medicines. Names and phone numbers are masked.

    State: running; quiet (a time lies in the centre's quiet hours by now: nothing is sent then); empty (the box); over
    (the last day); stopped. No phone: nobody is told.

    \b
    Examples:
        caredial medication list --centre DY
        caredial medication list --resident 15400000001 --shown
    """
    from clinic.medication import views  # noqa: PLC0415

    with opened(config) as desk:
        refuse_unknown(desk.store, centre)
        number = desk.who(resident) if resident else None
        found = desk.run(
            views.listed, rules=desk.rules, installation=desk.installation, today=desk.now.date(), centre=centre,
            resident=number, stopped_too=stopped_too, shown=shown,
        )  # fmt: skip
        show_lines(desk, found, f"{len(found)} medicines")
    if len(found) == views.MOST:
        click.echo(f"only the first {views.MOST} are shown; choose some with --centre", err=True)


@medication.command()
@NUMBER
@SHOWN
@with_config
def show(medication: int, shown: bool, config: Path | None) -> None:
    """Show a medicine with its caution, and the last reminders with when it was reported as taken.

    \b
    Example:
        caredial medication show 12
    """
    from clinic.medication import views  # noqa: PLC0415

    with opened(config) as desk:
        found = desk.run(
            views.one, medication=medication, rules=desk.rules, installation=desk.installation,
            today=desk.now.date(), shown=shown,
        )  # fmt: skip
        if found is None:
            raise no_such(medication)
        line, intakes = found
        show_lines(desk, [line], f"medication {line.id}")
        click.echo(f"caution: {line.caution or 'none'}")
        click.echo(f"from {line.since} {f'to {line.until}' if line.until else 'on, no end'}")
        click.echo("refill notice: " + (f"at {line.refill_at} doses left" if line.refill_at else "none"))
        for intake in intakes:
            taken = f"taken, said at {desk.moment(intake.taken_at)}" if intake.taken_at else "no word that it was taken"
            click.echo(f"{desk.moment(intake.planned_at)}  {taken}")


@medication.command()
@NUMBER
@click.option("--name", help="Another name of the medicine.")
@click.option("--dose", help="How much at a time, as it is told.")
@click.option("--times", help="Times of the day, all of them: 08:00,20:00.")
@_with_entry
@click.option("--no-end", is_flag=True, help="It has no last day any more.")
@click.option("--no-count", is_flag=True, help="Nobody counts the doses any more.")
@with_by
@with_config
def change(
    medication: int, no_end: bool, no_count: bool, times: str | None, by: str, config: Path | None, **given: Any
) -> None:
    """Change what is given of a medicine; the rest stays. Reminders that wait with the old words are called off.

    \b
    Examples:
        caredial medication change 12 --times 07:30,19:30
        caredial medication change 12 --left 20 --caution 勿饮酒
    """
    from clinic.medication import prescriptions as medicines  # noqa: PLC0415

    with opened(config) as desk:
        fields = {name: value for name, value in fields_of(desk, times=times, **given).items() if value is not None}
        fields |= {"until": None} if no_end else {}
        fields |= {"left": None, "refill_at": 0} if no_count else {}
        if not fields:
            raise Mistake("say what is to be changed; --help lists it")
        written = desk.run(
            medicines.change, medication=medication, given=fields, rules=desk.rules, installation=desk.installation,
            actor=f"staff:{operator(by)}"[:60], now=desk.now,
        )  # fmt: skip
        tell(desk, written, "is changed")


@medication.command()
@NUMBER
@click.argument("why", default="")
@with_by
@with_config
def stop(medication: int, why: str, by: str, config: Path | None) -> None:
    """Remind of a medicine no more. Nothing is sent after that, what waits included. WHY is for the audit trail.

    \b
    Example:
        caredial medication stop 12 'changed to another medicine'
    """
    from clinic.medication import prescriptions as medicines  # noqa: PLC0415

    with opened(config) as desk:
        written = desk.run(
            medicines.stop, medication=medication, why=why, installation=desk.installation,
            actor=f"staff:{operator(by)}"[:60], now=desk.now,
        )  # fmt: skip
        click.echo(f"medication {written.medication} is stopped, {written.cancelled} texts that waited are called off")


@medication.command()
@NUMBER
@with_by
@with_config
def resume(medication: int, by: str, config: Path | None) -> None:
    """Remind of a stopped medicine again, because the resident wants it.

    \b
    Example:
        caredial medication resume 12
    """
    from clinic.medication import prescriptions as medicines  # noqa: PLC0415

    with opened(config) as desk:
        written = desk.run(
            medicines.resume, medication=medication, rules=desk.rules, installation=desk.installation,
            actor=f"staff:{operator(by)}"[:60], now=desk.now,
        )  # fmt: skip
        tell(desk, written, "goes on")


@medication.command()
@NUMBER
@click.argument("doses", type=int)
@with_by
@with_config
def refill(medication: int, doses: int, by: str, config: Path | None) -> None:
    """So many DOSES were fetched: they are added to the box, and reminders that ended with it go on.

    \b
    Example:
        caredial medication refill 12 28
    """
    from clinic.medication import prescriptions as medicines  # noqa: PLC0415

    with opened(config) as desk:
        written = desk.run(
            medicines.refill, medication=medication, doses=doses, installation=desk.installation,
            actor=f"staff:{operator(by)}"[:60], now=desk.now,
        )  # fmt: skip
        tell(desk, written, f"has {written.left} doses")


@medication.command()
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True, help="How far back.")
@click.option("--missed", type=click.IntRange(0), default=0, help="Only who has missed so many in a row by now.")
@click.option("--doctor", metavar="CODE", help="Only whose follow-up this member of staff has (care plans).")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@SHOWN
@with_config
def report(days: int, missed: int, doctor: str | None, centre: str | None, shown: bool, config: Path | None) -> None:
    """How much each resident took of what they were reminded of, as far as they say so; the worst first.

    Missed: the last reminders in a row without word that it was taken, of the medicine with most of them. A reminder
    counts once nobody can answer it any more (six hours). Who takes medicines without saying so counts as missing.

    \b
    Examples:
        caredial medication report --days 14
        caredial medication report --missed 3 --doctor DY-QK-1 --shown
    """
    from clinic.medication import views  # noqa: PLC0415
    from gateway.cli import tables  # noqa: PLC0415

    with opened(config) as desk:
        refuse_unknown(desk.store, centre)
        since = desk.now - dt.timedelta(days=days)
        found = desk.run(
            views.report, since=since, now=desk.now, centre=centre, doctor=doctor, missed=missed, shown=shown
        )
    rows = [
        (
            line.resident, line.name, line.phone, line.centre, line.doctor, f"{line.taken} of {line.reminded}",
            f"{line.share}%", line.missed or "", line.medicine,
        )
        for line in found
    ]  # fmt: skip
    columns = ("Resident", "Name", "Phone", "Centre", "Doctor", "Taken", "Share", "Missed", "Of")
    tables.show(columns, rows, title=f"{len(rows)} residents, the last {days} days")
    if len(found) == views.MOST:
        click.echo(f"only the first {views.MOST} are shown; choose some with --centre or --missed", err=True)
