"""Who is meant, who asks, and what several commands share."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli import days
from gateway.cli.days import now_of
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from clinic.care.views import Found
    from gateway.config import Settings
    from gateway.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

CONDITIONS = ("hypertension", "diabetes")  # as in clinic.care.followup, which --help need not load
PERSON = click.argument("person", metavar="PERSON")
SHOWN = click.option("--shown", is_flag=True, help="Names and phones in full; stands in the audit trail.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
CONDITION = click.option("--condition", type=click.Choice(CONDITIONS), required=True, help="For what.")


def with_whose(command: Command) -> Command:
    """Gives a command the options that choose among all plans."""
    for option in (
        click.option("--centre", metavar="CODE", help="Only residents of this centre."),
        click.option("--doctor", metavar="CODE", help="Only those of this member of staff."),
    ):
        command = option(command)
    return command


def operator() -> str:
    """Who types this; in a container a user may have no name."""
    try:
        return getpass.getuser()[:50]
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def actor() -> str:
    return f"staff:{operator()}"


def find(store: Store, settings: Settings, written: str) -> Found:
    """The one resident that is meant. Problem where there is none, or more than one."""
    from clinic import phones  # noqa: PLC0415
    from clinic.care import views  # noqa: PLC0415
    from clinic.errors import BadIdentity  # noqa: PLC0415
    from clinic.identity import parse  # noqa: PLC0415
    from gateway.keys import open_vault  # noqa: PLC0415

    words = written.strip()
    identity = None
    if len(words) == 18:
        try:
            identity = open_vault(settings).seal(parse(words))
        except BadIdentity as error:
            raise Mistake(f"{words!r} is not a valid identity number (GB 11643)") from error
    try:
        phone = phones.canonical(words, settings.installation.region)
    except phones.BadPhone:
        phone = None
    found = store.run_now(views.find, words=words, identity=identity, phone=phone)
    if not found:
        raise Problem(f"nobody on record is {words!r}; give a number of `caredial care list`, an identity number, a"
                      " phone or the whole name")  # fmt: skip
    if len(found) > 1:
        several = ", ".join(f"{each.resident} (born {each.birth})" for each in found)
        raise Problem(f"{words!r} may be several: {several}; give the number")
    return found[0]


def check_doctor(store: Store, code: str | None, centre: str | None = None) -> None:
    """Mistake where nobody has this code: a slip of the pen would show an empty list."""
    from clinic.staff import people  # noqa: PLC0415

    among = people.Among(codes=(code,) if code else (), centres=(centre,) if centre else ())
    problems = store.run_now(people.unknown, among=among)
    if problems:
        raise Mistake("\n".join(problems))


def audited(store: Store, settings: Settings, what: str, resident: int | None, *, shown: bool = True) -> None:
    """Names in full leave a trace."""
    from clinic.care import views  # noqa: PLC0415

    if shown:
        given: dict[str, Any] = {"resident": resident, "what": what, "actor": actor()}
        store.run_now(views.looked_at, now=now_of(settings), **given)


def local(settings: Settings, moment: dt.datetime | None) -> str:
    return days.moment(moment, settings.installation.timezone)


def print_documents(documents: Iterable[dict[str, object]]) -> None:
    """A JSON document a line; days and moments as ISO 8601."""
    for document in documents:
        click.echo(json.dumps(document, ensure_ascii=False, default=_written))


def _written(value: object) -> str:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
