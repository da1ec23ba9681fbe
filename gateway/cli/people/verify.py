"""Asking the register now; a register's file without names and numbers."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.answers import AS_JSON, answer
from gateway.cli.numbers import NUMBER
from gateway.cli.people.desk import Desk, opened, with_config
from gateway.cli.problems import Problem
from gateway.cli.progress import progress

if TYPE_CHECKING:
    from clinic.verifying import Due
    from gateway.verifiers import Asks

BATCH = 50


@click.command(short_help="Ask the register for names now.")
@click.argument("residents", metavar="[ID]...", type=NUMBER, nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="Also all whom it has not confirmed, and who were never asked.")
@AS_JSON
@with_config
def verify(residents: tuple[int, ...], everybody: bool, as_json: bool, config: Path | None) -> None:
    """Ask the register of [people.verifier] for everybody who is due, without waiting for the job `verify-names`.

    Ctrl-C stops it between two people; those who were asked stay asked.

    \b
    Examples:
        caredial people verify
        caredial people verify 31
        caredial people verify --all
    """
    from clinic import verifying  # noqa: PLC0415
    from gateway.verifiers import VerifierDown, asks_of, here  # noqa: PLC0415

    with opened(config) as desk:
        register = asks_of(desk.settings, desk.vault, here)
        if register is None:
            raise Problem("no register is set up; choose one in the settings: [people.verifier] kind")
        for resident in residents or ([None] if everybody else []):
            desk.run(verifying.again, resident=resident, now=desk.now)
        counts = {"confirmed": 0, "refuted": 0, "unknown": 0}
        try:
            with progress("asked") as told:
                for done, verdict in enumerate(_asked(desk, register, residents), start=1):
                    counts[verdict] += 1
                    told(done)
        except VerifierDown as error:
            raise Problem(f"{error}; {sum(counts.values())} were asked, the others stay due") from error
    answer(desk, ", ".join(f"{many} {verdict}" for verdict, many in counts.items()), as_json=as_json, **counts)


def _asked(desk: Desk, register: Asks, residents: tuple[int, ...]) -> Iterator[str]:
    """What the register says of one after the other; each is kept before the next is asked for."""
    from clinic import verifying  # noqa: PLC0415

    for asked in _due(desk, residents):
        verdict = register.ask_now(asked)
        now = desk.installation.now()
        given = {"rules": desk.rules, "installation": desk.installation, "now": now}
        if desk.run(verifying.settle, asked=asked, verdict=verdict, **given):
            yield verdict.answer


def _due(desk: Desk, residents: tuple[int, ...]) -> Iterator[Due]:
    from clinic import verifying  # noqa: PLC0415

    last, left = 0, True
    while left:
        batch = desk.run(verifying.due, now=desk.installation.now(), most=BATCH, after=last)
        yield from (each for each in batch if not residents or each.resident in residents)
        left = len(batch) == BATCH
        last = batch[-1].resident if batch else last


@click.command(short_help="Make a register's file without names and numbers.")
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@AS_JSON
@with_config
def digests(source: Path, target: Path, as_json: bool, config: Path | None) -> None:
    """Make TARGET, a register for [people.verifier] kind = "file", of SOURCE, a CSV file with number and name.

    TARGET holds digests by this installation's key: nobody can read names or numbers in it, and SOURCE need not stay.

    \b
    Example:
        caredial people digests county.csv register.csv
    """
    from gateway.cli.opening import private_files  # noqa: PLC0415
    from gateway.verifiers import DIGESTS, VerifierDown  # noqa: PLC0415
    from gateway.verifiers import digests as read  # noqa: PLC0415

    with opened(config) as desk, private_files():
        part = target.with_name(f"{target.name}.part")
        try:
            with part.open("w", encoding="utf-8", newline="") as file, progress("digested") as told:
                rows: Any = csv.writer(file)
                rows.writerow(DIGESTS)
                many = 0
                for many, row in enumerate(read(source, desk.vault.digest), start=1):
                    rows.writerow(row)
                    told(many)
        except (VerifierDown, UnicodeDecodeError, csv.Error) as error:
            part.unlink()
            raise Problem(f"{error}; {target} is not made") from error
        os.replace(part, target)
    said = f"{target}: {many:,} people; delete {source} where nobody needs it"
    answer(desk, said, as_json=as_json, file=str(target), people=many)
