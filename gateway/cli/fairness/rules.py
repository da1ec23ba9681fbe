"""`caredial fairness rules`: how many absences block whom for how long, and until when a visit is given up freely."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gateway.cli.answers import AS_JSON, answer, document, print_documents
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import many, opened, person, with_by
from gateway.cli.fairness.shown import plain
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake

WHATS = ("noshow", "late", "absent", "cancel")  # as in clinic.fairness.rules, which --help need not load
CENTRE = click.option(
    "--centre", metavar="CODE", default="", help="Only this centre's. Default: all without their own."
)
FROM = click.option("--from", "first", metavar="DAY", default="today", show_default=True, help="The first day.")
UNTIL = click.option("--until-day", "last", metavar="DAY", help="The last day. Default: no end.")


@click.group(short_help="Rules of absence, and of giving up.")
def rules() -> None:
    """Rules hold from one day to another, and are never changed: end one, and add another.

    A centre with rules of its own on a day goes by these alone. Of several that somebody reaches the hardest counts.
    Many come from a file: `caredial import absence-rules`, `caredial import cancel-rules`.

    \b
    Examples:
        caredial fairness rules list --all
        caredial fairness rules add noshow 3 --months 12 --block 3
    """


@rules.command(name="list")
@click.option("--all", "every", is_flag=True, help="Also those that are over, or to come.")
@AS_JSON
@with_config
def list_(every: bool, as_json: bool, config: Path | None) -> None:
    """List the rules that hold today.

    \b
    Examples:
        caredial fairness rules list
        caredial fairness rules list --all --json
    """
    from clinic.fairness import rules as use  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        on = None if every else desk.now().date()
        absence, giving_up = desk.run(use.listed, on=on), desk.run(use.cancels_listed, on=on)
        if as_json:
            print_documents(desk, (document(row, rule="absence") for row in absence))
            print_documents(desk, (document(row, rule="cancel") for row in giving_up))
            return
    columns = ("ID", "Centre", "What", "Times", "Within months", "Blocks for months", "From", "Until")
    rows = [
        (row.id, row.centre or "all others", row.what, row.times, row.months, row.block_months, row.valid_from,
         row.valid_until or "")
        for row in absence
    ]  # fmt: skip
    show(columns, rows, title="absence")
    given = [
        (row.id, row.centre or "all others", many(row.days, "day") + " before", f"{row.until:%H:%M}", row.valid_from,
         row.valid_until or "")
        for row in giving_up
    ]  # fmt: skip
    show(("ID", "Centre", "Until", "At", "From", "Until"), given, title="giving up without consequence")


@rules.command(short_help="Add a rule of absence.")
@click.argument("what", type=click.Choice(WHATS))
@click.argument("times", type=click.IntRange(1, 100))
@click.option("--months", type=click.IntRange(1, 60), required=True, help="Within so many months.")
@click.option("--block", "block_months", type=click.IntRange(1, 60), required=True, help="Block for so many months.")
@CENTRE
@FROM
@UNTIL
@AS_JSON
@with_by
@with_config
def add(
    what: str,
    times: int,
    months: int,
    block_months: int,
    centre: str,
    first: str,
    last: str | None,
    as_json: bool,
    by: str,
    config: Path | None,
) -> None:
    """So many visits (TIMES) within so many months block for so many months.

    WHAT is counted: noshow, visits that were missed; late, given up too late; absent, either; cancel, given up at all.

    \b
    Examples:
        caredial fairness rules add noshow 3 --months 12 --block 3
        caredial fairness rules add absent 3 --months 3 --block 6 --centre NH
        caredial fairness rules add cancel 3 --months 1 --block 1 --from 2027-07-01
    """
    from clinic.fairness import rules as use  # noqa: PLC0415

    with opened(config) as desk:
        begins, ends = _days(first, last, desk.now().date())
        number = plain(
            desk,
            use.add,
            centre=centre,
            what=what,
            times=times,
            months=months,
            block_months=block_months,
            valid_from=begins,
            valid_until=ends,
            by=person(by),
        )
        said = f"rule {number} holds from {begins}"
        answer(desk, said, as_json=as_json, id=number, rule="absence", valid_from=begins, valid_until=ends)


@rules.command(name="add-cancel", short_help="Add a rule of giving up.")
@click.argument("days", type=click.IntRange(0, 30))
@click.argument("at", metavar="HH:MM")
@CENTRE
@FROM
@UNTIL
@AS_JSON
@with_by
@with_config
def add_cancel(
    days: int, at: str, centre: str, first: str, last: str | None, as_json: bool, by: str, config: Path | None
) -> None:
    """A visit can be given up without consequence until so many DAYS before its day, at HH:MM.

    Later it can be given up, too, but what was paid is not given back then, and it counts as late.

    \b
    Example:
        caredial fairness rules add-cancel 1 15:00 --centre NH
    """
    from clinic.fairness import rules as use  # noqa: PLC0415

    try:
        until = dt.datetime.strptime(at, "%H:%M").time()  # noqa: DTZ007  a time of day has no zone
    except ValueError:
        raise Mistake(f"{at!r} is no time of day, as 15:00") from None
    with opened(config) as desk:
        begins, ends = _days(first, last, desk.now().date())
        number = plain(
            desk,
            use.add_cancel,
            centre=centre,
            days=days,
            until=until,
            valid_from=begins,
            valid_until=ends,
            by=person(by),
        )
        said = f"rule {number} of giving up holds from {begins}"
        answer(desk, said, as_json=as_json, id=number, rule="cancel", valid_from=begins, valid_until=ends)


@rules.command(short_help="Let a rule end.")
@click.argument("rule", metavar="ID", type=NUMBER)
@click.option("--cancel", is_flag=True, help="ID is a rule of giving up.")
@click.option("--last", metavar="DAY", default="today", show_default=True, help="Its last day.")
@AS_JSON
@with_by
@with_config
def end(rule: int, cancel: bool, last: str, as_json: bool, by: str, config: Path | None) -> None:
    """Let a rule end. Blocks that it has made stay.

    \b
    Examples:
        caredial fairness rules end 3
        caredial fairness rules end 1 --cancel --last 2027-06-30
    """
    from clinic.fairness import rules as use  # noqa: PLC0415

    with opened(config) as desk:
        day = parsed_day(last, desk.now().date(), "--last")
        plain(desk, use.end, rule=rule, cancel=cancel, last=day, by=person(by))
        which = "cancel" if cancel else "absence"
        answer(desk, f"rule {rule} holds until {day}", as_json=as_json, id=rule, rule=which, valid_until=day)


def _days(first: str, last: str | None, today: dt.date) -> tuple[dt.date, dt.date | None]:
    begins = parsed_day(first, today, "--from")
    ends = None if last is None else parsed_day(last, today, "--until-day")
    if ends is not None and ends < begins:
        raise Mistake(f"--until-day: {ends} is before {begins}")
    return begins, ends
