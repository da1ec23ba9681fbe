"""What the commands of `caredial medication` share: the opened store, whom they mean, and what they show."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli import days
from gateway.cli.days import day as parsed_day
from gateway.cli.opening import opened_store, read_settings
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.identity import Vault
    from clinic.installation import Installation
    from clinic.medication.prescriptions import Written
    from clinic.medication.views import MedicationLine
    from clinic.rules import Rules
    from gateway.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """The store, and what an installation has decided, for one command."""

    store: Store
    vault: Vault
    installation: Installation
    rules: Rules
    now: dt.datetime

    def run(self, fn: Callable[..., Any], /, **given: Any) -> Any:
        """A use case; `times: ...` is told of --times."""
        from clinic.medication.prescriptions import BadMedication  # noqa: PLC0415

        try:
            return self.store.run_now(fn, **given)
        except BadMedication as error:
            raise Mistake(re.sub(r"^([a-z_]+):", lambda name: f"{OPTIONS[name[1]]}:", str(error))) from error

    def day(self, written: str | None, option: str) -> dt.date | None:
        return None if written is None else parsed_day(written, self.now.date(), option)

    def moment(self, at: dt.datetime | None) -> str:
        return days.moment(at, self.installation.timezone)

    def who(self, written: str) -> int:
        """The resident with this number, identity number, phone or name; a Mistake where that is none or several."""
        from clinic import phones  # noqa: PLC0415
        from clinic.care import views  # noqa: PLC0415
        from clinic.errors import BadIdentity  # noqa: PLC0415
        from clinic.notices.people import covered  # noqa: PLC0415
        from clinic.phones import masked_phone  # noqa: PLC0415

        try:
            identity = self.vault.seal(written)
        except BadIdentity:
            identity = None
        try:
            phone = phones.canonical(written, self.installation.region)
        except phones.BadPhone:
            phone = None
        found = self.store.run_now(views.find, words=written, identity=identity, phone=phone)
        if len(found) == 1:
            return int(found[0].resident)
        if not found:
            raise Mistake(f"no resident has the number, identity number, phone or name {written!r}")
        lines = [
            f"  {each.resident}: {covered(each.name)}, {each.birth.year}, {' '.join(map(masked_phone, each.phones))}"
            for each in found
        ]
        raise Mistake("\n".join([f"{written!r} is several residents'; give one's number:", *lines]))


OPTIONS = {
    "name": "NAME",
    "dose": "--dose",
    "times": "--times",
    "caution": "--caution",
    "left": "--left",
    "refill_at": "--refill-at",
    "since": "--since",
    "until": "--until",
    "doses": "DOSES",
}


@contextmanager
def opened(config: Path | None) -> Iterator[Desk]:
    from gateway.given import installation_of, rules_of  # noqa: PLC0415
    from gateway.keys import open_vault  # noqa: PLC0415

    settings = read_settings(config)
    house = installation_of(settings)
    with opened_store(settings) as store:
        yield Desk(store, open_vault(settings), house, rules_of(settings), house.now())


def fields_of(desk: Desk, *, times: str | None, since: str | None, until: str | None, **given: Any) -> dict[str, Any]:
    """The options as an Entry has them, None where one was not given."""
    from clinic.medication.times import BadMedication, read  # noqa: PLC0415

    try:
        wall = None if times is None else read(times)
    except BadMedication as error:
        raise Mistake(f"--{error}") from error
    return {**given, "times": wall, "since": desk.day(since, "--since"), "until": desk.day(until, "--until")}


def tell(desk: Desk, written: Written, what: str) -> None:
    click.echo(f"medication {written.medication} ({written.name}) of resident {written.resident} {what}")
    if written.next_at is not None:
        click.echo(f"next reminder: {desk.moment(written.next_at)}")
    else:
        click.echo("no reminder is to come: the box is empty, the last day is over, or it is stopped", err=True)
    if not written.reached:
        click.echo("nobody is told: no phone is on record for this resident (`caredial import residents`)", err=True)


def show_lines(desk: Desk, found: list[MedicationLine], title: str) -> None:
    from gateway.cli import tables  # noqa: PLC0415

    rows = [
        (
            line.id, line.resident, line.name, " ".join(line.phones) or "no phone", line.centre, line.medicine,
            line.dose, " ".join(line.times), "" if line.left is None else line.left, desk.moment(line.next_at),
            line.state,
        )
        for line in found
    ]  # fmt: skip
    columns = ("ID", "Resident", "Name", "Phone", "Centre", "Medicine", "Dose", "Times", "Left", "Next", "State")
    tables.show(columns, rows, title=title)


def no_such(medication: int) -> Problem:
    return Problem(f"there is no medication {medication}; `caredial medication list` shows them")
