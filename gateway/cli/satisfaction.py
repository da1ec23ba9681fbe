"""`caredial satisfaction`: what people said of their visits, and whom to call."""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.centres import refuse_unknown
from gateway.cli.days import day as parsed_day
from gateway.cli.desk import Desk, opened, person, with_by
from gateway.cli.numbers import NUMBER
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.visit_notices.satisfaction import Figures, Unhappy

LOOK_BACK = 30  # days
TOGETHER = "fewer than 5 answers each, together"
NAMES = {
    "centre": ("Centre",),
    "department": ("Centre", "Department"),
    "practitioner": ("Centre", "Department", "Practitioner"),
}
FIGURES = ("Asked", "Answered", "Mean", "4 and 5", "1", "2", "3", "4", "5")


@click.group(short_help="What people said of their visits.")
def satisfaction() -> None:
    """What people said of their visits, from 1 (very bad) to 5 (very good): figures, and whom to call."""


@satisfaction.command(short_help="Figures by centre, department or practitioner.")
@click.option("--since", metavar="DAY", help=f"Asked on this day or later. Default: {LOOK_BACK} days ago.")
@click.option("--until", metavar="DAY", help="Asked on this day or earlier. Default: today.")
@click.option("--by", "what", type=click.Choice(list(NAMES)), default="centre", show_default=True, help="A line each.")
@click.option("--csv", "form", flag_value="csv", help="For a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="For programs: a JSON document a line.")
@with_config
def report(since: str | None, until: str | None, what: Any, form: str | None, config: Path | None) -> None:
    """How many were asked and answered, the mean, the share of 4 and 5, and how many gave each of the points.

    Practitioners with fewer than 5 answers are not shown apart but together; where even these are fewer than 5, or it
    is one alone, only how many were asked and answered.

    \b
    Examples:
        caredial satisfaction report
        caredial satisfaction report --by practitioner --since 2027-01-01 --csv > satisfaction.csv
    """
    from clinic.visit_notices import satisfaction as use  # noqa: PLC0415

    with opened(config) as desk:
        today = desk.now().date()
        first = today - dt.timedelta(days=LOOK_BACK) if since is None else parsed_day(since, today, "--since")
        last = today if until is None else parsed_day(until, today, "--until")
        if last < first:
            raise Mistake("--until: that is before --since")
        found = desk.run(use.report, since=first, until=last, by=what)
        language = desk.settings.installation.language
    rows = [([name.text(language) for name in line.names], line) for line in found]
    if form == "json":
        for names, line in rows:
            click.echo(json.dumps(_document(what, names, line), ensure_ascii=False))
    elif form == "csv":
        _write_csv(what, rows)
    else:
        _show(what, rows, f"asked from {first} to {last}")


@satisfaction.command(short_help="Whom to call: answers of 1 and 2.")
@click.option("--since", metavar="DAY", help=f"Asked on this day or later. Default: {LOOK_BACK} days ago.")
@click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres.")
@click.option("--all", "every", is_flag=True, help="Those who have been called, too.")
@click.option("--shown", is_flag=True, help="Show names and phones in full. It is written down who has seen them.")
@with_by
@with_config
def low(since: str | None, centre: str | None, every: bool, shown: bool, by: str, config: Path | None) -> None:
    """List answers of 1 and 2, the longest waiting first: each was told that the centre will call.

    \b
    Examples:
        caredial satisfaction low
        caredial satisfaction low --centre DY --shown
        caredial satisfaction called 812
    """
    from clinic.visit_notices import satisfaction as use  # noqa: PLC0415

    with opened(config) as desk:
        refuse_unknown(desk.store, centre)
        today = desk.now().date()
        first = today - dt.timedelta(days=LOOK_BACK) if since is None else parsed_day(since, today, "--since")
        found = desk.run(use.unhappy, since=first, centre=centre, every=every, shown=shown)
        if shown:
            seen = [line.visit for line in found]
            desk.run(use.note_shown, visits=seen, by=person(by), now=desk.now())
        _show_low(found, desk)


@satisfaction.command(short_help="Somebody has been called.")
@click.argument("visit", metavar="VISIT", type=NUMBER)
@with_by
@with_config
def called(visit: int, by: str, config: Path | None) -> None:
    """Staff have talked with somebody who was not satisfied: take them off the list.

    \b
    Example:
        caredial satisfaction called 812
    """
    from clinic.visit_notices import satisfaction as use  # noqa: PLC0415

    with opened(config) as desk:
        if not desk.run(use.called, visit=visit, by=person(by), now=desk.now()):
            raise Problem(f"nobody waits for a call about visit {visit}; `caredial satisfaction low` shows who does")
    click.echo(f"visit {visit}: called")


def _document(what: str, names: Sequence[str], line: Figures) -> dict[str, Any]:
    keys = [name.lower() for name in NAMES[what]]
    known: Sequence[str | None] = names or [None] * len(keys)
    return {
        **dict(zip(keys, known, strict=True)),
        "shown_apart": bool(names),
        "asked": line.asked,
        "answered": line.answered,
        "mean": line.mean,
        "good": line.good,
        "scores": None if line.scores is None else dict(zip("12345", line.scores, strict=True)),
    }


def _write_csv(what: str, rows: Sequence[tuple[list[str], Figures]]) -> None:
    out = csv.writer(sys.stdout)
    figures = ("asked", "answered", "mean", "good", "score_1", "score_2", "score_3", "score_4", "score_5")
    out.writerow([*(name.lower() for name in NAMES[what]), *figures])
    for names, line in rows:
        scores = line.scores or [""] * 5
        mean, good = ("" if value is None else value for value in (line.mean, line.good))
        out.writerow([*_named(what, names), line.asked, line.answered, mean, good, *scores])


def _show(what: str, rows: Sequence[tuple[list[str], Figures]], title: str) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    lines = [
        (
            *_named(what, names),
            line.asked,
            line.answered,
            "" if line.mean is None else f"{line.mean:.2f}",
            "" if line.good is None else f"{line.good:.0%}",
            *(line.scores or [""] * 5),
        )
        for names, line in rows
    ]
    show((*NAMES[what], *FIGURES), lines, title=title)


def _named(what: str, names: Sequence[str]) -> list[str]:
    columns = len(NAMES[what])
    return list(names) or [""] * (columns - 1) + [TOGETHER]


def _show_low(found: Sequence[Unhappy], desk: Desk) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    language = desk.settings.installation.language
    rows = [
        (
            line.visit,
            line.day,
            line.centre.text(language),
            line.department.text(language),
            line.practitioner.text(language) if line.practitioner else "",
            line.name,
            line.phone,
            line.score,
            line.comment,
            desk.moment(line.answered_at),
            desk.moment(line.called_at),
        )
        for line in found
    ]
    columns = ("Visit", "Day", "Centre", "Department", "Practitioner", "Name", "Phone", "", "Comment", "Said", "Called")
    show(columns, rows, title=f"{len(rows)} answers of 1 and 2")
