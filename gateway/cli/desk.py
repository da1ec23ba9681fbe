"""What commands share: the opened store, the rules, who asks, and how counts are told."""

from __future__ import annotations

import datetime as dt
import gc
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.days import MOMENT, moment
from gateway.cli.opening import opened_store, read_settings
from gateway.cli.problems import Mistake, Problem, listed

if TYPE_CHECKING:
    from clinic.broadcasts.views import LinkShape
    from clinic.installation import Installation
    from clinic.rules import Rules
    from gateway.config import Settings
    from gateway.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Desk:
    """The store and all that an installation has decided, for one command."""

    settings: Settings
    store: Store
    installation: Installation
    rules: Rules
    links: tuple[LinkShape, ...]

    def now(self) -> dt.datetime:
        return self.installation.now()

    def run(self, fn: Callable[..., Any], /, **given: Any) -> Any:
        """A use case in one transaction; what broadcasts refuse becomes a Mistake or a Problem."""
        with refused():
            return self.store.run_now(fn, **given)

    def moment(self, at: dt.datetime | None, none: str = "", form: str = MOMENT) -> str:
        """A moment in the centres' time, `2027-03-08 09:00`."""
        return moment(at, self.installation.timezone, form) or none


@contextmanager
def opened(config: Path | None) -> Iterator[Desk]:
    """A desk on the store of these settings."""
    _collect_seldom()
    from gateway.given import installation_of, rules_of, shapes_of  # noqa: PLC0415

    settings = read_settings(config)
    gc.freeze()  # what was loaded stays
    with opened_store(settings) as store:
        yield Desk(settings, store, installation_of(settings), rules_of(settings), shapes_of(settings))


def _collect_seldom() -> None:
    """A million members go by and nothing of them stays: to look for garbage all the time takes half of the time.

    Of what the imports take, which make much that stays, it is a third.
    """
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def refused() -> Iterator[None]:
    """What broadcasts and audiences refuse, as a command tells it."""
    from clinic.audience import BadExpression  # noqa: PLC0415
    from clinic.broadcasts.errors import BadDraft, NoSuchBroadcast, NotNow  # noqa: PLC0415

    try:
        yield
    except BadDraft as error:
        raise Mistake(listed("this is no draft yet:", error.mistakes)) from error
    except BadExpression as error:
        raise Mistake(str(error)) from error
    except NoSuchBroadcast as error:
        raise Mistake(str(error)) from error
    except NotNow as error:
        raise Problem(str(error)) from error


def with_by(command: Command) -> Command:
    """Gives a command the option --by, as its argument `by`."""
    option = click.option(
        "--by",
        metavar="NAME",
        default="",
        help="Who you are, where several people share a login. Default: the login name (before sudo).",
    )
    return option(command)


def person(by: str) -> str:
    """Who gives the command. The name is told, not proven: anybody who may run this may write another."""
    name = by.strip() or os.environ.get("SUDO_USER", "").strip() or _login()
    if len(name) > 60:
        raise Mistake("--by: a name has at most 60 characters")
    return name


def _login() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def many(count: int, noun: str, plural: str = "") -> str:
    """`1 recipient`, `12,345 recipients`, `2 people`."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def some(written: str, most: int = 60) -> str:
    """A title on one line, not longer than this."""
    flat = " ".join(written.split())
    return flat if len(flat) <= most else f"{flat[: most - 3]}..."
