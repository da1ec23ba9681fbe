"""What the commands of `caredial children` share: the opened store, whom they mean, and how refusals are told."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.desk import person, with_by
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.children.lists import Wanted
    from clinic.identity import Vault
    from clinic.vaccines.records import Reason
    from conf.texts.words import Language, Name
    from gateway.config import Settings
    from gateway.store import Store

__all__ = ["Desk", "opened", "person", "shown_option", "wanted_options", "with_by", "with_config"]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Desk:
    """The store, the vault of identity numbers, and this moment, for one command."""

    settings: Settings
    store: Store
    vault: Vault
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        return self.now.date()

    @property
    def language(self) -> Language:
        return self.settings.installation.language

    def run(self, fn: Callable[..., Any], /, **given: Any) -> Any:
        """A use case in one transaction; what it refuses becomes a Mistake or a Problem."""
        with refused():
            return self.store.run_now(fn, **given)

    def child(self, written: str) -> int:
        """Whom a card, an identity number or an ID means."""
        from clinic.children import finding  # noqa: PLC0415

        return int(self.run(finding.meant, written=written, vault=self.vault))

    def note_shown(self, children: Collection[int], by: str) -> None:
        """That this person has seen names and phones of these children in full."""
        from clinic.children import lists  # noqa: PLC0415

        if children:
            self.run(lists.note_shown, children=children, by=person(by), now=self.now)

    def centre(self, code: str) -> int:
        """The id of the centre with this code."""
        from clinic.children import finding  # noqa: PLC0415

        return int(self.run(finding.centre, code=code))

    def day(self, written: str | None, option: str) -> dt.date | None:
        from gateway.cli.days import day  # noqa: PLC0415

        return None if written is None else day(written, self.today, option)

    def why(self, reasons: Sequence[Reason]) -> list[str]:
        """Reasons of the rules as lines in the installation's language."""
        from clinic.vaccines.reasons import lines  # noqa: PLC0415

        return lines(reasons, self.language)


@contextmanager
def opened(config: Path | None) -> Iterator[Desk]:
    """A desk on the store of these settings."""
    from gateway.keys import open_vault  # noqa: PLC0415

    settings = read_settings(config)
    now = dt.datetime.now(settings.installation.timezone)
    with opened_store(settings) as store, refused():
        yield Desk(settings, store, open_vault(settings), now)


@contextmanager
def refused() -> Iterator[None]:
    """What children's records refuse, as a command tells it: `birth_weight: ...` is said of --birth-weight."""
    from clinic.children.errors import BadRecord, NoSuchChild  # noqa: PLC0415
    from clinic.vaccines.contraindications import NotContraindicated  # noqa: PLC0415

    try:
        yield
    except BadRecord as error:
        raise Mistake(re.sub(r"^([a-z_]+):", lambda name: f"--{name[1].replace('_', '-')}:", str(error))) from error
    except NoSuchChild as error:
        raise Problem(f"{error}; `caredial children list` shows them") from error
    except NotContraindicated as error:
        raise Problem(f"nothing was noted.\n{both(error.name)}: {both(error.why)}") from error


def both(name: Name) -> str:
    """Words in both languages."""
    return f"{name.zh} / {name.en}"


# Options that several commands have


def shown_option(command: Command) -> Command:
    """--shown and --by, as `shown` and `by`."""
    what = "Names and phone numbers in full, to call somebody. It is written down who has seen them."
    return click.option("--shown", is_flag=True, help=what)(with_by(command))


def wanted_options(command: Command) -> Command:
    """Which children: gives the arguments that `wanted` takes."""
    for option in (
        click.option("--residence", type=click.Choice(["local", "mobile", "temporary"]), help="Only of this kind."),
        click.option("--unit", metavar="UNIT", help="Only of this village, or row of the statistics."),
        click.option("--centre", metavar="CODE", help="Only this centre's. Default: all centres."),
    ):
        command = option(command)
    return command


def wanted(desk: Desk, centre: str | None, unit: str | None, residence: str | None, **more: Any) -> Wanted:
    from clinic.children.lists import Wanted  # noqa: PLC0415

    if centre is not None:
        desk.centre(centre)
    return Wanted(centre=centre, unit=unit, residence=residence, **more)
