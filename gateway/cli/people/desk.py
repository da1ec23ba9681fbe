"""What the commands of `caredial people` share: whom they mean, how refusals are told, what is masked."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli import days
from gateway.cli.desk import person, with_by
from gateway.cli.numbers import phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.identity import Vault
    from clinic.installation import Installation
    from clinic.people.looking import PersonShown
    from clinic.rules import Rules
    from gateway.config import Settings
    from gateway.store import Store

__all__ = ["Desk", "opened", "person", "with_by", "with_config", "with_reveal"]

Command = TypeVar("Command", bound=Callable[..., Any])


def with_reveal(command: Command) -> Command:
    """Gives a command the option --reveal, as its argument `reveal`."""
    option = click.option(
        "--reveal",
        metavar="REASON",
        help="Show names, phones and identity numbers in full. That you did, and why, is kept in the audit trail.",
    )
    return option(command)


@dataclass(frozen=True, slots=True)
class Desk:
    """The store, the vault of identity numbers and all that an installation has decided, for one command."""

    settings: Settings
    store: Store
    vault: Vault
    installation: Installation
    rules: Rules
    now: dt.datetime

    def run(self, fn: Callable[..., Any], /, **given: Any) -> Any:
        """A use case in one transaction; what it refuses becomes a Problem."""
        with refused(self):
            return self.store.run_now(fn, **given)

    def phone(self, written: str) -> str:
        return phone_number(written, self.installation.region)

    def identity(self, written: str) -> str:
        """An identity number; "-" reads it from standard input, where no list of processes shows it."""
        from clinic.errors import BadIdentity  # noqa: PLC0415
        from clinic.identity import parse  # noqa: PLC0415

        if written == "-":
            written = sys.stdin.readline().strip()
        try:
            return parse(written)
        except BadIdentity as error:
            raise Mistake(f"--identity: {self.told(error)}") from error

    def told(self, error: Any) -> str:
        """What a refusal says, in English: this is the command line."""
        from conf import texts  # noqa: PLC0415

        return texts.say("en", error.tell, **error.words)

    def moment(self, at: dt.datetime | None) -> str:
        return days.moment(at, self.installation.timezone)

    def reveal(self, found: Sequence[PersonShown], reason: str | None, by: str) -> bool:
        """Whether to show them in full; that somebody has seen them so is written before they are shown."""
        from clinic.people import looking  # noqa: PLC0415

        if reason is None:
            return False
        if len(reason.strip()) < 3:
            raise Mistake("--reveal: say why, in a few words; they are kept in the audit trail")
        whom = [row.id for row in found]
        self.run(looking.reveal, residents=whom, reason=reason.strip()[:200], by=person(by), now=self.now)
        return True


@contextmanager
def opened(config: Path | None) -> Iterator[Desk]:
    """A desk on the store of these settings."""
    from gateway.given import installation_of, rules_of  # noqa: PLC0415
    from gateway.keys import open_vault  # noqa: PLC0415

    settings = read_settings(config)
    house = installation_of(settings)
    with opened_store(settings) as store:
        yield Desk(settings, store, open_vault(settings), house, rules_of(settings), house.now())


@contextmanager
def refused(desk: Desk) -> Iterator[None]:
    from clinic.errors import ClinicError  # noqa: PLC0415
    from clinic.people.recovery import NotRecoverable  # noqa: PLC0415

    try:
        yield
    except NotRecoverable as error:
        raise Problem(str(error)) from error
    except ClinicError as error:
        if error.retry:
            raise
        raise Problem(desk.told(error)) from error


def name_of(row: PersonShown, *, full: bool) -> str:
    from clinic.names import masked  # noqa: PLC0415

    return row.name if full else masked(row.name)


def phone_of(phone: str, *, full: bool) -> str:
    from clinic.phones import masked_phone  # noqa: PLC0415

    return phone if full else masked_phone(phone)


def number_of(desk: Desk, row: PersonShown, *, full: bool) -> str:
    """The identity number; masked, only its year of birth and its last character."""
    from clinic.identity import PROVISIONAL  # noqa: PLC0415

    if not full:
        return f"******{row.birth:%Y}*******"
    number = desk.vault.unlock(row.sealed).decode()
    return "" if number.startswith(PROVISIONAL) else number


def document(desk: Desk, row: PersonShown, *, full: bool) -> dict[str, object]:
    """A person for programs."""
    language = desk.installation.language
    phones = [
        {
            "phone": phone_of(each.phone, full=full),
            "self": each.is_self,
            "relation": each.relation,
            "told": each.is_told,
            "wrong": each.is_wrong,
        }
        for each in row.phones
    ]
    visits = [
        {"id": each.id, "department": each.department.text(language), "day": f"{each.day}", "state": each.state}
        for each in row.visits
    ]
    return {
        "id": row.id,
        "name": name_of(row, full=full),
        "number": number_of(desk, row, full=full),
        "born": f"{row.birth}" if full else f"{row.birth:%Y}",
        "sex": row.sex,
        "centre": row.centre,
        "verified": row.verified,
        "phones": phones,
        "visits": visits,
        "waiting": row.waiting,
        "accounts": row.accounts,
    }


def table_of(rows: Collection[PersonShown], title: str, *, full: bool) -> None:
    from gateway.cli.tables import show  # noqa: PLC0415

    shown = [
        (
            row.id,
            name_of(row, full=full),
            row.sex,
            f"{row.birth}" if full else f"{row.birth:%Y}",
            row.centre,
            row.verified or ("spoken" if row.has_spoken else "not asked"),
            " ".join(phone_of(each.phone, full=full) + ("*" if each.is_self else "") for each in row.phones),
            len(row.visits),
        )
        for row in rows
    ]
    show(("ID", "Name", "Sex", "Born", "Centre", "Name and number", "Phones (* own)", "Visits"), shown, title=title)
