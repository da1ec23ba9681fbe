"""`caredial calls`: who called, or was called, and how it ended."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from gateway.cli.days import day as parsed_day
from gateway.cli.numbers import phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from clinic.listing import CallLine

STEPS_SHOWN = 4
COLUMNS = ("Time", "", "Phone", "Path", "Outcome", "Seconds", "Cause")


@click.command(short_help="Show the hotline's calls.")
@click.option("--day", help="Only of this day: a date (2027-03-08), today, yesterday, -3. Default: all days.")
@click.option("--phone", help="Only of this phone, in any form of its number.")
@click.option("--direction", type=click.Choice(["in", "out"]), help="Only calls that came in, or that we made.")
@click.option("--outcome", metavar="WORD", help="Only those that ended so: done, busy, no_answer, lost and others.")
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line, with the whole path.")
@with_config
def calls(
    day: str | None,
    phone: str | None,
    direction: str | None,
    outcome: str | None,
    most: int,
    as_json: bool,
    config: Path | None,
) -> None:
    """Show the hotline's calls, the newest first. Phone numbers are masked; what was answered is not kept at all.

    Path: the last steps of the dialog, which tell where a caller has left it. Seconds: from picking up to the end.
    Cause: of ITU-T Q.850, as Asterisk had it (16 normal, 17 busy, 19 no answer, 21 rejected, 34 no line).

    \b
    Examples:
        caredial calls
        caredial calls --day yesterday --outcome lost
        caredial calls --phone 15400000001 --direction out
        caredial calls --day today --most 10000 --json | jq -r .outcome | sort | uniq -c
    """
    from clinic import listing  # noqa: PLC0415

    settings = read_settings(config)
    zone = settings.installation.timezone
    number = None if phone is None else phone_number(phone, settings.installation.region, "--phone")
    if outcome is not None and outcome not in (known := outcomes()):
        raise Mistake(f"--outcome: no call ends with {outcome!r}; there are: {', '.join(known)}")
    since = None if day is None else _midnight(parsed_day(day, dt.datetime.now(zone).date()), zone)
    with opened_store(settings) as store:
        found = store.run_now(
            listing.calls,
            since=since,
            until=None if since is None else _midnight(since.date() + dt.timedelta(days=1), zone),
            phone=number,
            direction=direction,
            outcome=outcome,
            most=most,
        )
    if as_json:
        for line in found:
            click.echo(json.dumps(_document(line, zone), ensure_ascii=False))
    else:
        _show(found, zone)
        if len(found) == most:
            click.echo(f"only the newest {most} are shown; --most shows more", err=True)


def outcomes() -> list[str]:
    """Every way in which a call can end: one that came in, one that we made, one that nobody saw the end of."""
    from clinic import calls, voice  # noqa: PLC0415
    from ivr.calls import hotline  # noqa: PLC0415

    return sorted({*get_args(hotline.Outcome), *voice.OUTCOMES, calls.LOST})


def _midnight(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone)


def _document(line: CallLine, zone: ZoneInfo) -> dict[str, object]:
    return {**asdict(line), "started_at": line.started_at.astimezone(zone).isoformat(timespec="seconds")}


def _show(found: Sequence[CallLine], zone: ZoneInfo) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    rows = [
        (
            f"{line.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            line.direction,
            line.phone or "not told",
            shortened(line.path),
            line.outcome or "goes on",
            "" if line.seconds is None else line.seconds,
            "" if line.cause is None else line.cause,
        )
        for line in found
    ]
    show(COLUMNS, rows, title=f"{len(rows)} calls")


def shortened(path: Sequence[str]) -> str:
    """The last steps of a path, one that was repeated with how often."""
    runs = [(step, len(list(run))) for step, run in groupby(path)]
    steps = [step if times == 1 else f"{step} x{times}" for step, times in runs]
    return " > ".join((["..."] if len(steps) > STEPS_SHOWN else []) + steps[-STEPS_SHOWN:])
