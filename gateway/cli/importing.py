"""`caredial import`: tables from CSV, whole or not at all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Problem, listed
from gateway.keys import open_vault

MOST_SHOWN = 50

# As in clinic.imports.TABLES, which a test compares; not imported here, because --help should be quick.
KINDS = {
    "centres": "Centres: code, names, address, place on the map.",
    "departments": "Departments of centres.",
    "practitioners": "Practitioners of departments.",
    "sessions": "Clinic sessions: half days with places, fee and release time.",
    "residents": "Residents with identity number, phone and home centre.",
    "immunizations": "Vaccine doses that residents were given.",
    "staff": "The centres' staff: phone, centre and role.",
    "roster": "Who of the staff is on duty when.",
}


@click.group(name="import", short_help="Import centres, sessions, residents from CSV.")
def import_() -> None:
    """Import a CSV file (UTF-8, columns named in the first line).

    A row whose key is known changes that entry, a new key adds one. Bad rows are told with their line and reason;
    a file with one bad row changes nothing. Import centres first, then departments, practitioners, sessions,
    residents, immunizations, staff, roster: each names what an earlier one holds. The columns are described in
    conf/sample/README.md.

    \b
    Examples:
        caredial import centres conf/sample/centres.csv
        caredial import sessions next-week.csv --config /etc/caredial/caredial.toml
    """


def _command(kind: str, about: str) -> click.Command:
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @with_config
    def run(file: Path, config: Path | None) -> None:
        _import(kind, file, config)

    text = f"{about}\n\n\b\nExample:\n    caredial import {kind} {kind}.csv"
    return click.command(name=kind, help=text, short_help=about)(run)


for _kind, _about in KINDS.items():
    import_.add_command(_command(_kind, _about))


def _import(kind: str, file: Path, config: Path | None) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from clinic import imports  # noqa: PLC0415

    settings = read_settings(config)
    place, vault = settings.installation, open_vault(settings)
    with opened_store(settings) as store, Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"checking {kind}", total=None)
        try:
            rows = store.run_now(
                imports.load,
                kind=kind,
                path=file,
                vault=vault,
                region=place.region,
                now=dt.datetime.now(place.timezone),
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )
        except imports.BadFile as error:
            raise Problem(_told(file, error.mistakes)) from error
    click.echo(f"{rows} {kind} imported")


def _told(file: Path, mistakes: list[str]) -> str:
    more = len(mistakes) - MOST_SHOWN
    lines = mistakes[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    return listed(f"{file}: nothing was imported; correct these and try again:", lines)
