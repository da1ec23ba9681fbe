"""The group `caredial fairness` and its report of a month."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.answers import AS_JSON, document, print_documents
from gateway.cli.desk import opened
from gateway.cli.fairness.appeals import appeals
from gateway.cli.fairness.blocks import blocks
from gateway.cli.fairness.rules import rules
from gateway.cli.fairness.shown import named
from gateway.cli.fairness.signs import signs
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from clinic.fairness.report import Line

COLUMNS = ("Centre", "Visits", "Missed", "Excused", "Given up", "Blocks", "Appeals")


@click.group(short_help="Absences, blocks and appeals, signs of scalping.")
def fairness() -> None:
    """What keeps booking fair: rules of absence, who is blocked and why, appeals, and phones that look as if they trade
    with places.

    \b
    Examples:
        caredial fairness rules list
        caredial fairness appeals list
        caredial fairness signs list
        caredial fairness report --month 2027-03

    A visit that somebody missed for a good reason is excused with `caredial visits excuse`.
    """


for _command in (rules, blocks, appeals, signs):
    fairness.add_command(_command)


@fairness.command(short_help="A month in figures, by centre.")
@click.option("--month", metavar="YYYY-MM", help="Which month. Default: this one.")
@AS_JSON
@with_config
def report(month: str | None, as_json: bool, config: Path | None) -> None:
    """A month by centre: visits that were booked to the end, how many were missed, given up, and given up late; blocks,
    and appeals against them. Blocks that hold at all centres stand in a line of their own.

    \b
    Examples:
        caredial fairness report
        caredial fairness report --month 2027-03 --json | jq -r '[.code, .noshow] | @tsv'
    """
    from clinic.fairness import report as use  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    with opened(config) as desk:
        first = _first(month, desk.now().date())
        lines: list[Line] = desk.run(use.month, first=first, now=desk.now())
        if as_json:
            print_documents(desk, (document(line, month=f"{first:%Y-%m}") for line in lines))
            return
        rows = [
            (
                named(desk, line.centre),
                line.visits,
                f"{line.noshow} ({100 * line.noshow / line.visits:.1f} %)" if line.visits else line.noshow,
                line.excused,
                _of(line.given_up, late=line.late),
                _of(line.blocks, lifted=line.lifted),
                _of(line.appeals, granted=line.granted, refused=line.refused),
            )
            for line in lines
        ]
        show(COLUMNS, rows, title=f"{first:%Y-%m}")


def _of(all_: int, **some: int) -> str:
    """`5 (2 late)`: how many, and how many of them were what."""
    parts = ", ".join(f"{many} {name}" for name, many in some.items() if many)
    return f"{all_} ({parts})" if parts else str(all_)


def _first(month: str | None, today: dt.date) -> dt.date:
    if month is None:
        return today.replace(day=1)
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if found is None or int(found[1]) < 2000:
        raise Mistake(f"--month: {month!r} is no month, such as {today:%Y-%m}")
    return dt.date(int(found[1]), int(found[2]), 1)
