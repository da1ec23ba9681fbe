"""`caredial broadcast report`: what happened beside what was shown before; every recipient as CSV; a chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.broadcast.counting import LASTING
from gateway.cli.broadcast.exporting import export, written_to
from gateway.cli.desk import Desk, many, opened, some
from gateway.cli.opening import with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.broadcasts.views import Line, Moment, Report
    from gateway.cli.broadcast.chart import Slice

ALWAYS = ("delivered", "price.added")  # lines that are shown where they are nothing, too


@click.command(short_help="Report what happened, line by line beside the preview.")
@click.argument("broadcast", metavar="ID", type=int)
@click.option(
    "--csv",
    "csv_file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write a row for each recipient; - is standard output.",
)
@click.option("--full-phones", is_flag=True, help="With --csv: phone numbers in full.")
@click.option(
    "--chart",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a picture (PNG) of how it went over time.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON document.")
@with_config
def report(
    broadcast: int, csv_file: str | None, full_phones: bool, chart: Path | None, as_json: bool, config: Path | None
) -> None:
    """Report what has become of a broadcast, line by line beside the invoice that it was sent with.

    A line that came otherwise than planned is marked. It can be asked for at any time after `send`: as long as
    something is under way, or receipts have not come, the figures go on changing.

    The CSV has one row for each recipient in the order in which they were written: phone (masked without
    --full-phones), language, state, error, segments, and the moments when it was written, taken to be sent, and
    came into its present state.

    \b
    Examples:
        caredial broadcast report 7
        caredial broadcast report 7 --csv flu.csv --chart flu.png
        caredial broadcast report 7 --csv - | mlr --icsv --opprint count -f state
        caredial broadcast report 7 --json | jq '.lines[] | select(.differs)'
    """
    from clinic.broadcasts import report as reports  # noqa: PLC0415

    if full_phones and csv_file is None:
        raise Mistake("--full-phones goes with --csv")
    if csv_file == "-" and as_json:
        raise Mistake("--csv - and --json both write to standard output; give --csv a file")
    with opened(config) as desk:
        found: Report = desk.run(reports.report, broadcast=broadcast, links=desk.links)
        if as_json:
            _json(desk, found)
        elif csv_file != "-":
            _show(desk, found)
        if csv_file is not None:
            export(desk, found.broadcast, csv_file, shown=full_phones)
        if chart is not None:
            _chart(desk, found, chart)


# On the terminal, and for programs


def _json(desk: Desk, found: Report) -> None:
    from gateway.cli.broadcast.pages import document  # noqa: PLC0415

    lines = [{**asdict(line), "differs": line.differs} for line in found.lines]
    told = {**asdict(found), "lines": lines}
    for language in told["invoice"]["languages"]:
        del language["example"]  # it has a recipient's name
    click.echo(document(desk, told))


def _show(desk: Desk, found: Report) -> None:
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from gateway.cli.broadcast.pages import columns, console  # noqa: PLC0415

    view, out = found.broadcast, console()
    table = columns("", ">Preview", ">Report", "")
    for line in found.lines:
        if line.planned or line.actual or line.differs or line.key in ALWAYS:
            style = "yellow" if _counts(line) else ""
            table.add_row(
                line.label, _cell(desk, line.planned), Text(_cell(desk, line.actual), style=style), _mark(line)
            )
    out.print(Text(f"Broadcast {view.id}: {view.title}", style="bold"))
    out.print(Text(f"{view.state}; to {view.expression}; {view.consent_class}", style="dim"))
    out.print()
    out.print(Padding(table, (0, 0, 0, 2), expand=False))
    for heading, reasons in (("Why some failed", found.failures), ("Why some were cancelled", found.cancellations)):
        if reasons:
            out.print(Text(f"\n{heading}", style="bold"))
            for reason, count in sorted(reasons.items(), key=lambda each: -each[1]):
                out.print(Text(f"  {count:>9,}  {reason or 'no reason was told'}"))
    differing = sum(map(_counts, found.lines))
    so_far = "" if view.state in LASTING else " so far"
    out.print()
    out.print(f"{many(differing, 'line')} {'is' if differing == 1 else 'are'} not as planned{so_far}"
              if differing else f"All is as planned{so_far}")  # fmt: skip


def _counts(line: Line) -> bool:
    """Whether it is worth a mark: no clock agrees with a forecast to the second."""
    return line.differs and not isinstance(line.planned, dt.datetime)


def _mark(line: Line) -> str:
    """How far it is from what was planned."""
    if not line.differs:
        return ""
    planned, actual = line.planned, line.actual
    if isinstance(planned, Decimal) and isinstance(actual, Decimal):
        return f"{actual - planned:+,.2f}"
    if isinstance(planned, int) and isinstance(actual, int):
        return f"{actual - planned:+,}"
    if isinstance(planned, dt.datetime) and isinstance(actual, dt.datetime):
        seconds = round((actual - planned).total_seconds())
        return f"{dt.timedelta(seconds=abs(seconds))} {'later' if seconds > 0 else 'earlier'}" if seconds else ""
    return "differs"


def _cell(desk: Desk, value: object) -> str:
    match value:
        case None:
            return ""
        case dt.datetime():
            return f"{value.astimezone(desk.installation.timezone):%Y-%m-%d %H:%M:%S}"
        case Decimal():
            return f"{value:,.2f}"
        case int():
            return f"{value:,}"
        case _:
            return str(value)


# As a picture


def _chart(desk: Desk, found: Report, path: Path) -> None:
    from clinic.broadcasts import report as reports  # noqa: PLC0415
    from gateway.cli.broadcast.chart import draw  # noqa: PLC0415

    view = found.broadcast
    slices = list(sliced(desk.run(reports.timeline, broadcast=view.id)))
    if not slices:
        raise Problem(f"nothing of broadcast {view.id} was sent yet: there is nothing to draw")
    about = f"broadcast {view.id}, {view.state}; {view.consent_class}; sent {desk.moment(view.sent_at)}"
    with written_to(path) as new:
        draw(
            new,
            slices,
            title=some(view.title),
            about=about,
            recipients=view.written,
            zone=desk.installation.timezone,
        )
    click.echo(f"the chart is {path}", err=True)


def sliced(moments: Sequence[Moment]) -> Iterator[Slice]:
    """The steps of a timeline, each with its length; the last is as long as the one before it."""
    from gateway.cli.broadcast.chart import Slice  # noqa: PLC0415

    seconds = 1.0
    for number, each in enumerate(moments, start=1):
        if number < len(moments):
            seconds = (moments[number].at - each.at).total_seconds()
        yield Slice(each.at, seconds, each.sent, each.delivered, each.failed)
