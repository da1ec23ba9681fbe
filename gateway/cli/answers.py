"""How a command asks, and how it answers: a question before what cannot be undone, a sentence for people, JSON for
programs (an object a line, nothing else on standard output)."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import click

from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from _typeshed import DataclassInstance

    from conf.texts.words import Language, Money

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
YES = click.option("--yes", is_flag=True, help="Do it without asking: for scripts, where nobody can be asked.")


class Place(Protocol):
    """What JSON needs to know of an installation: names are told in its language, moments in its time."""

    @property
    def language(self) -> Language: ...
    @property
    def timezone(self) -> ZoneInfo: ...


class Placed(Protocol):
    """A desk, or the settings."""

    @property
    def installation(self) -> Place: ...


def confirm(question: str, *, yes: bool, as_json: bool = False) -> None:
    """Says what will be done, and asks. Without a person to ask, and without --yes, nothing is done."""
    if yes:
        return
    if as_json:
        raise Mistake("--json asks nothing: it needs --yes")
    click.echo(question, err=True)
    try:
        click.confirm("Go on?", abort=True, err=True)
    except click.Abort as aborted:
        if sys.stdin.isatty() or not isinstance(aborted.__context__, EOFError):
            raise
        raise Problem("nobody is there to be asked, and nothing was done; in a script give --yes") from None


def answer(desk: Placed, said: str, /, *, as_json: bool, **told: object) -> None:
    """What was done: the sentence for people, or `told` as one JSON object."""
    if as_json:
        print_documents(desk, [told])
    else:
        click.echo(said)


def print_documents(desk: Placed, documents: Iterable[Mapping[str, object]], file: TextIO | None = None) -> None:
    """A JSON document a line: names in the installation's language, days and moments as ISO 8601 in its time, money as
    an exact amount with its currency."""
    for each in documents:
        plain = partial(_plain, place=desk.installation)
        click.echo(json.dumps(dict(each), ensure_ascii=False, default=plain), file)


def document(row: DataclassInstance, **more: object) -> dict[str, object]:
    """A row of a use case for programs."""
    return {**more, **{field.name: getattr(row, field.name) for field in fields(row)}}


def _plain(value: Any, place: Place) -> object:
    """What JSON has no word for."""
    from conf.texts.words import Money, Name  # noqa: PLC0415

    plain: object
    match value:
        case Money():
            plain = _money(value)
        case Name():
            plain = value.text(place.language)
        case dt.datetime():
            plain = value.astimezone(place.timezone).isoformat(timespec="seconds")
        case dt.time():
            plain = f"{value:%H:%M}"
        case dt.date():
            plain = value.isoformat()
        case Decimal():
            plain = f"{value:f}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            plain = document(value)
        case _:
            plain = list(value)
    return plain


def _money(value: Money) -> dict[str, str]:
    from clinic.money.amounts import written  # noqa: PLC0415

    return {"amount": written(value.fen, value.currency), "currency": value.currency}
