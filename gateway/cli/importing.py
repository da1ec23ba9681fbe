"""`caredial import`: tables from CSV, whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    "templates": "The weekly roster: lines that sessions are made from.",
    "residents": "Residents with identity number, phone and home centre.",
    "children": "Files of children: guardians' phones, residence, card.",
    "immunizations": "Vaccine doses that residents were given.",
    "contraindications": "What children are not given, and why.",
    "staff": "The centres' staff: phone, centre and role.",
    "roster": "Who of the staff is on duty when.",
    "care-plans": "Who is followed up for high blood pressure or diabetes, by whom.",
    "care-visits": "Follow-up visits that were made face to face.",
    "meters": "Meters with a SIM card: whose they are, and how they write.",
    "medications": "Medicines that residents are reminded to take.",
    "absence-rules": "How many visits missed, or given up, block whom for how long.",
    "cancel-rules": "Until when a visit can be given up without consequence.",
}

# As in clinic.imports.EXCHANGED.
EXCHANGED = {
    "visits": "Visits that the hospital has booked, and what became of them.",
    "fees": "Fees of visits, until they are paid.",
}


@click.group(name="import", short_help="Import centres, sessions, residents, children: CSV, FHIR.")
def import_() -> None:
    """Import a CSV file (UTF-8, columns named in the first line).

    A row whose key is known changes that entry, a new key adds one. Bad rows are told with their line and reason;
    a file with one bad row changes nothing. Import centres first, then departments, practitioners, sessions,
    templates, residents, children, immunizations, contraindications, staff, roster, care-plans, care-visits,
    meters: each names what an earlier one holds. The columns are described in conf/sample/README.md, those of visits
    and fees, which a hospital's system gives, in docs/hospital.md. Children and doses also come as FHIR
    R4 (`fhir`).

    A file is one transaction: on SQLite nobody else can write meanwhile. Import tens of thousands of rows (some
    milliseconds each) while nobody calls, or on PostgreSQL.

    \b
    Examples:
        caredial import centres conf/sample/centres.csv
        caredial import sessions next-week.csv --config /etc/caredial/caredial.toml
        caredial import fhir bundle.json --centre DY
    """


def _command(kind: str, about: str) -> click.Command:
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @with_config
    def run(file: Path, config: Path | None) -> None:
        _import(kind, file, config)

    text = f"{about}\n\n\b\nExample:\n    caredial import {kind} {kind}.csv"
    return click.command(name=kind, help=text, short_help=about)(run)


for _kind, _about in (KINDS | EXCHANGED).items():
    import_.add_command(_command(_kind, _about))


@import_.command(short_help="Children and doses as FHIR R4 resources.")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--centre", metavar="CODE", help="The centre that looks after children who are new here.")
@with_config
def fhir(files: tuple[Path, ...], centre: str | None, config: Path | None) -> None:
    """Import Patients and Immunizations of FHIR R4: Bundles (JSON), or NDJSON with a resource a line (bulk export).

    Files given together may refer to each other. A Patient needs an identifier: the identity number or the card, by
    the systems that conf/fhir.toml names; vaccineCode has our codes or CVX, as that file says. Contacts' phones become
    the guardians'. An Immunization that is completed is a dose; entered-in-error strikes it, not-done is left out.
    Mistakes are told with their place (Bundle.entry[3].resource.birthDate); with one nothing is imported. Once more
    the same changes nothing. Large files: NDJSON, which is read line by line.

    \b
    Examples:
        caredial import fhir bundle.json --centre DY
        caredial import fhir Patient.ndjson Immunization.ndjson --centre DY
    """
    from clinic.children import fhir as resources  # noqa: PLC0415

    settings = read_settings(config)
    place, vault = settings.installation, open_vault(settings)
    with opened_store(settings) as store, _progress("checking FHIR") as look:
        try:
            counted = store.run_now(
                resources.load, paths=files, vault=vault, region=place.region, centre=centre,
                now=dt.datetime.now(place.timezone), progress=look,
            )  # fmt: skip
        except resources.BadFiles as error:
            raise Problem(_told(files[0], error.mistakes)) from error
    click.echo(", ".join(f"{many} {what}" for what, many in counted.items() if many) or "nothing to import")


def _import(kind: str, file: Path, config: Path | None) -> None:
    from clinic import imports  # noqa: PLC0415
    from gateway.given import installation_of, rules_of  # noqa: PLC0415

    settings = read_settings(config)
    place, vault = installation_of(settings), open_vault(settings)
    with opened_store(settings) as store, _progress(f"checking {kind}") as look:
        try:
            rows = store.run_now(
                imports.load,
                kind=kind,
                path=file,
                vault=vault,
                installation=place,
                now=place.now(),
                rules=rules_of(settings),
                progress=look,
            )
        except imports.BadFile as error:
            raise Problem(_told(file, error.mistakes)) from error
    click.echo(f"{rows} {kind} imported")


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error, moved a hundred times at most: to move it takes longer than to read a row."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)

        def look(done: int, total: int) -> None:
            if done % max(1, total // 100) == 0:
                progress.update(task, completed=done, total=total)

        yield look


def _told(file: Path, mistakes: list[str]) -> str:
    more = len(mistakes) - MOST_SHOWN
    lines = mistakes[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else [])
    return listed(f"{file}: nothing was imported; correct these and try again:", lines)
