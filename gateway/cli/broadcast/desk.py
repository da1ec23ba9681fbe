"""What the commands of `caredial broadcast` share: the opened store, the rules, who asks, and how figures are told."""

from __future__ import annotations

import datetime as dt
import gc
import os
import pwd
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli.opening import opened_store, read_settings
from gateway.cli.problems import Mistake, Problem, listed

if TYPE_CHECKING:
    from clinic.broadcasts.views import BroadcastView, LinkShape
    from clinic.installation import Installation
    from clinic.rules import Rules
    from gateway.config import Settings
    from gateway.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

LINE_SECONDS = 5.0  # between two lines of progress where there is no terminal
MOMENT = "%Y-%m-%d %H:%M"


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

    def get(self, broadcast: int) -> BroadcastView:
        from clinic.broadcasts import drafts  # noqa: PLC0415

        view: BroadcastView = self.run(drafts.get, broadcast=broadcast)
        return view

    def moment(self, at: dt.datetime | None, none: str = "", form: str = MOMENT) -> str:
        """A moment in the centres' time, `2027-03-08 09:00`."""
        return none if at is None else at.astimezone(self.installation.timezone).strftime(form)


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


# Who, and when


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


def start_of(written: str | None, desk: Desk) -> dt.datetime | None:
    """`2026-12-01 09:00` or `09:00` (today) in the centres' time; Mistake for anything else, and for the past."""
    if written is None:
        return None
    now, words = desk.now(), written.strip()
    try:
        day = f"{now:%Y-%m-%d} " if len(words) <= 5 else ""
        at = dt.datetime.fromisoformat(day + words)
    except ValueError:
        raise Mistake(f"--at: {written!r} is no time; write it as '{now:%Y-%m-%d} 09:00' or as 09:00") from None
    at = at.replace(tzinfo=desk.installation.timezone) if at.tzinfo is None else at
    if at <= now:
        raise Mistake(f"--at: {desk.moment(at)} is over; it is {desk.moment(now)} now. Leave --at out to start at once")
    return at


# Figures


def many(count: int, noun: str, plural: str = "") -> str:
    """`1 recipient`, `12,345 recipients`, `2 people`."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def some(written: str, most: int = 60) -> str:
    """A title on one line, not longer than this."""
    flat = " ".join(written.split())
    return flat if len(flat) <= most else f"{flat[: most - 3]}..."


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Told how far it is, shows it on standard error: a bar on a terminal, else a line every few seconds."""
    if not sys.stderr.isatty():
        yield Lines(label, total)
        return
    from rich.console import Console  # noqa: PLC0415  a command that shows no bar does not wait for it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(label, total=total)
        yield lambda done: shown.update(task, completed=done)


class Lines:
    """Progress without a terminal: nothing at first, then a line every few seconds."""

    def __init__(self, label: str, total: int | None) -> None:
        self._label, self._of = label, "" if total is None else f" of {total:,}"
        self._next = time.monotonic() + LINE_SECONDS

    def __call__(self, done: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_SECONDS
            click.echo(f"{self._label}: {done:,}{self._of}", err=True)
