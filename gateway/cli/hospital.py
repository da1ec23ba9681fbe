"""`caredial hospital`: sessions, visits, queues and fees as CSV, for a hospital's system that speaks no FHIR."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from gateway.cli.answers import print_documents
from gateway.cli.centres import refuse_unknown
from gateway.cli.days import day as parsed_day
from gateway.cli.opening import opened_store, private_files, read_settings, with_config
from gateway.cli.problems import Mistake, Problem
from gateway.keys import open_vault

if TYPE_CHECKING:
    from gateway.config import Settings

KINDS = ("sessions", "visits", "queue", "fees")
MOST_DAYS = 366


@click.group(short_help="Sessions, visits and fees for the hospital's system.")
def hospital() -> None:
    """Exchange sessions, visits, queues and fees with the hospital's system as CSV.

    A hospital that speaks FHIR R4 is let in with `caredial clients new NAME --scope hospital:CENTRE` and uses
    /fhir; docs/hospital.md describes both. What is exported here is read again by `caredial import sessions`,
    `visits` and `fees`.

    \b
    Examples:
        caredial hospital export sessions --day tomorrow --until +7 --centre DY --out week.csv
        caredial clients new his --scope hospital:DY
    """


@hospital.command(short_help="Write sessions, visits, queues or fees as CSV.")
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--day", "first", required=True, help="The day, or the first of several.")
@click.option("--until", "last", help="The last day. Default: the first.")
@click.option("--centre", metavar="CODE", help="Only this centre. Default: all.")
@click.option("--identity", is_flag=True, help="Identity numbers too (visits): an import needs them.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file. Default: standard output.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line instead of CSV.")
@with_config
def export(
    kind: str,
    first: str,
    last: str | None,
    centre: str | None,
    identity: bool,
    out: Path | None,
    as_json: bool,
    config: Path | None,
) -> None:
    """Write a table as CSV (UTF-8): `sessions`, `visits`, `queue` (numbers, turns, expected calls) or `fees`.

    Visits hold names and phone numbers in full: a file that is written with --out is for its owner alone.

    \b
    Examples:
        caredial hospital export sessions --day tomorrow --until +7 --centre DY --out week.csv
        caredial hospital export visits --day today --centre DY --identity --out visits.csv
        caredial hospital export queue --day today --centre DY
        caredial hospital export fees --day yesterday --out fees.csv
        caredial hospital export queue --day today --json | jq .
    """
    from clinic.hospital import tables  # noqa: PLC0415
    from clinic.hospital.access import Access  # noqa: PLC0415
    from clinic.hospital.view import View  # noqa: PLC0415
    from gateway.given import installation_of  # noqa: PLC0415

    settings = read_settings(config)
    place, vault = installation_of(settings), open_vault(settings)
    now = place.now()
    begins = parsed_day(first, now.date())
    ends = begins if last is None else parsed_day(last, now.date(), "--until")
    if not 0 <= (ends - begins).days < MOST_DAYS:
        raise Mistake(f"--until: {ends} is not from {begins} to a year later")
    if identity and kind != "visits":
        raise Mistake(f"--identity: {kind} name nobody")
    access = Access(0, None, identities=identity)
    with opened_store(settings) as store:
        refuse_unknown(store, centre)
        lines = store.run_now(
            tables.lines,
            kind=kind,
            view=lambda session: View(session, access, vault, place, now),
            wanted=tables.Wanted(begins, ends, centre),
        )
    _write(out, tables.COLUMNS[kind], lines, settings if as_json else None)
    click.echo(f"{len(lines)} {kind}, {begins} to {ends}", err=True)


def _write(
    out: Path | None, columns: Sequence[str], lines: Iterable[Mapping[str, object]], as_json: Settings | None
) -> None:
    """As CSV; as JSON where there are settings, which say in which language and time."""

    def write(file: TextIO) -> None:
        if as_json is None:
            _table(file, columns, lines)
        else:
            print_documents(as_json, lines, file)

    if out is None:
        write(sys.stdout)
        return
    try:
        with private_files(), out.open("w", encoding="utf-8", newline="") as file:
            write(file)
    except OSError as error:
        raise Problem(f"{out}: {error.strerror}") from error


def _table(file: TextIO, columns: Sequence[str], lines: Iterable[Mapping[str, object]]) -> None:
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
