"""`caredial care show`, `readings`, `trend`: one resident's file."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.care import words
from gateway.cli.care.people import (
    AS_JSON,
    PERSON,
    SHOWN,
    audited,
    find,
    local,
    print_documents,
)
from gateway.cli.days import now_of
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Problem

if TYPE_CHECKING:
    from clinic.care.followup import PlanView, VisitLine
    from clinic.care.readings import ReadingLine
    from clinic.care.trend import Figures, Targets
    from clinic.care.views import Found
    from gateway.config import Settings

LAST = 10
DAYS = click.option("--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="How far back.")


@click.command()
@PERSON
@SHOWN
@with_config
def show(person: str, shown: bool, config: Path | None) -> None:
    """Show PERSON's plans, visits and last readings, and why the next visit is due when it is.

    \b
    Examples:
        caredial care show 8
        caredial care show 15400000003 --shown
    """
    from clinic.care import copies as care_copies  # noqa: PLC0415
    from clinic.care import followup, readings  # noqa: PLC0415

    settings = read_settings(config)
    today = now_of(settings).date()
    with opened_store(settings) as store:
        found = find(store, settings, person)
        click.echo(_heading(found, today, shown=shown))
        for plan in store.run_now(followup.plans, resident=found.resident):
            given: dict[str, Any] = {"resident": found.resident, "condition": plan.condition}
            made = store.run_now(followup.visits, **given)
            year = store.run_now(followup.year, of=today.year, today=today, **given)
            click.echo(_plan(plan))
            click.echo(
                f"  {today.year}: {words.year(year)}" + (f"; the next by {year.next_by}" if year.next_by else "")
            )
            _visits(made)
        lines = store.run_now(readings.of, resident=found.resident, most=1000)
        _readings(settings, lines[:LAST])
        click.echo(_share(lines))
        copied = store.run_now(care_copies.listed, resident=found.resident, shown=shown)
        for copy in copied:
            click.echo(f"copies to {copy.phone} {copy.relation} ({copy.state})")
        audited(store, settings, "show", found.resident)


@click.command()
@PERSON
@DAYS
@AS_JSON
@with_config
def readings(person: str, days: int, as_json: bool, config: Path | None) -> None:
    """List PERSON's readings, the newest first.

    \b
    Examples:
        caredial care readings 8
        caredial care readings 8 --days 365 --json
    """
    from clinic.care import readings as all_of  # noqa: PLC0415

    settings = read_settings(config)
    now = now_of(settings)
    with opened_store(settings) as store:
        found = find(store, settings, person)
        since = now - dt.timedelta(days=days)
        lines = store.run_now(all_of.of, resident=found.resident, since=since, most=10_000)
        audited(store, settings, "readings", found.resident)
    if as_json:
        print_documents({**asdict(line), "kind": line.reading.kind} for line in lines)
    else:
        _readings(settings, lines)


@click.command()
@PERSON
@click.option("--kind", type=click.Choice(["bp", "glucose"]), help="Default: the one that there is more of.")
@DAYS
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also a chart: a PNG of 480 x 320.")
@with_config
def trend(person: str, kind: str | None, days: int, out: Path | None, config: Path | None) -> None:
    """Show how PERSON's readings have gone: mean, least and greatest, share on target, by months; and as a chart.

    \b
    Examples:
        caredial care trend 8
        caredial care trend 8 --kind glucose --days 365 --out sugar.png
    """
    from clinic.care import readings as all_of  # noqa: PLC0415
    from clinic.care import trend as trends  # noqa: PLC0415
    from gateway.cli.tables import show as show_table  # noqa: PLC0415

    settings = read_settings(config)
    now, zone = now_of(settings), settings.installation.timezone
    with opened_store(settings) as store:
        found = find(store, settings, person)
        since = now - dt.timedelta(days=days)
        lines = store.run_now(all_of.of, resident=found.resident, since=since, most=10_000)
        audited(store, settings, "trend", found.resident)
    chosen = kind or max(("bp", "glucose"), key=lambda each: sum(line.reading.kind == each for line in lines))
    points = [trends.Point(line.measured_at.astimezone(zone), line.reading) for line in lines]
    points = [point for point in points if point.reading.kind == chosen]
    if not points:
        raise Problem(f"resident {found.resident} has no readings of this kind in the last {days} days")
    aims = _aims(found, now.date())
    drawn = trends.trend(points, aims)
    rows = [_figures(f"{month:%Y-%m}", figures) for month, figures in drawn.months]
    columns = ("Month", "Readings", "On target", "Mean", "From", "To")
    show_table(columns, [*rows, _figures("all", drawn.whole)], title=f"resident {found.resident}, {chosen}")
    if out is not None:
        from tcode import fonts  # noqa: PLC0415

        try:
            font: Path | None = fonts.find(settings.slip.font)
        except fonts.NoFont:
            font = None
        out.write_bytes(trends.chart(points, aims, language=settings.installation.language, font=font))
        click.echo(f"{out} is written")


def _heading(found: Found, today: dt.date, *, shown: bool) -> str:
    from clinic import residents  # noqa: PLC0415
    from clinic.notices.people import covered  # noqa: PLC0415
    from clinic.phones import masked_phone  # noqa: PLC0415

    phones = [phone if shown else masked_phone(phone) for phone in found.phones]
    name = found.name if shown else covered(found.name)
    return f"resident {found.resident}: {name}, {residents.age(found.birth, today)}, {' '.join(phones) or 'no phone'}"


def _plan(plan: PlanView) -> str:
    if plan.ended_on is not None:
        return f"{plan.condition}: since {plan.since}, ended {plan.ended_on}"
    said = words.why(plan.due) if plan.due else ""
    doctor = f", {plan.doctor}" if plan.doctor else ""
    return f"{plan.condition}: since {plan.since}{doctor}; next visit {plan.next_on}: {said}"


def _visits(made: list[VisitLine]) -> None:
    from gateway.cli.tables import show as show_table  # noqa: PLC0415

    if made:
        rows = [
            (line.day, words.figures(line.contact.readings()), line.outcome,
             "yes" if line.contact.examination else "", line.doctor, line.note)
            for line in made[-LAST:]
        ]  # fmt: skip
        show_table(("Visit", "Measured", "Found", "Examination", "Seen by", "Note"), rows)


def _readings(settings: Settings, lines: list[ReadingLine]) -> None:
    from gateway.cli.tables import show as show_table  # noqa: PLC0415

    rows = [
        (
            local(settings, line.measured_at),
            words.figures([line.reading]),
            line.level,
            line.source,
            " ".join(line.notes),
        )
        for line in lines
    ]
    show_table(("Measured", "Reading", "Level", "By", "Notes"), rows, title=f"{len(rows)} readings")


def _share(lines: list[ReadingLine]) -> str:
    on, judged = sum(line.level in ("on_target", "normal") for line in lines), len(lines)
    return f"on target: {on} of {judged} readings ({100 * on // judged} %)" if judged else "no readings"


def _aims(found: Found, today: dt.date) -> Targets:
    from clinic import residents  # noqa: PLC0415
    from clinic.care import trend as trends  # noqa: PLC0415
    from conf.norms import norms  # noqa: PLC0415

    return trends.targets(norms(today), residents.age(found.birth, today))


def _figures(name: str, of: Figures) -> tuple[object, ...]:
    share = f"{of.on_target} ({of.percent} %)"
    if of.glucose is not None:
        mean, least, most = (float(each) / 10 for each in (of.glucose.mean, of.glucose.least, of.glucose.greatest))
        return name, of.count, share, f"{mean:.1f}", f"{least:.1f}", f"{most:.1f}"
    if of.systolic is None or of.diastolic is None:
        return name, of.count, share, "", "", ""
    high, low = of.systolic, of.diastolic
    return (name, of.count, share, f"{float(high.mean):.0f}/{float(low.mean):.0f}", f"{high.least}/{low.least}",
            f"{high.greatest}/{low.greatest}")  # fmt: skip
