"""What the commands of `caredial fairness` share: options, and how rows are shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from conf.texts.words import Name
    from gateway.cli.broadcast.desk import Desk

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
YES = click.option("--yes", is_flag=True, help="Do it without asking.")


def print_documents(documents: Iterable[dict[str, object]]) -> None:
    for each in documents:
        click.echo(json.dumps(each, ensure_ascii=False))


def document(desk: Desk, row: DataclassInstance, **more: object) -> dict[str, object]:
    """A row for programs: days and moments as ISO 8601, in the centres' time."""
    return {**more, **{field.name: _plain(desk, getattr(row, field.name)) for field in fields(row)}}


def named(desk: Desk, centre: Name | None) -> str:
    """A centre's name in the installation's language; None: what is of all of them."""
    return centre.text(desk.settings.installation.language) if centre else "all centres"


def _plain(desk: Desk, value: Any) -> object:
    from conf.texts.words import Name  # noqa: PLC0415

    match value:
        case dt.datetime():
            return value.astimezone(desk.installation.timezone).isoformat(timespec="seconds")
        case dt.date() | dt.time():
            return value.isoformat()
        case Name():
            return value.text(desk.settings.installation.language)
        case tuple():
            return list(value)
    return value


def many_visits(visits: tuple[int, ...], most: int = 8) -> str:
    """The numbers of visits, the last of many: `812 815 820`."""
    shown = " ".join(map(str, visits[-most:]))
    return f"... {shown}" if len(visits) > most else shown


@contextmanager
def refused() -> Iterator[None]:
    """What blocks, appeals, rules and signs refuse, as a command tells it."""
    from clinic.fairness.absences import NotExcusable  # noqa: PLC0415
    from clinic.fairness.blocks import NoSuchBlock  # noqa: PLC0415
    from clinic.fairness.rules import BadRule  # noqa: PLC0415
    from clinic.fairness.signs.judging import NoSuchSign  # noqa: PLC0415

    try:
        yield
    except BadRule as error:
        raise Mistake(str(error)) from error
    except (NoSuchBlock, NoSuchSign, NotExcusable) as error:
        raise Problem(str(error)) from error


def act(desk: Desk, fn: Callable[..., Any], /, **given: Any) -> Any:
    """A use case with all that an installation has decided; what it refuses as a command tells it."""
    with refused():
        return desk.run(fn, rules=desk.rules, installation=desk.installation, now=desk.now(), **given)


def plain(desk: Desk, fn: Callable[..., Any], /, **given: Any) -> Any:
    with refused():
        return desk.run(fn, now=desk.now(), **given)


def phone_of(desk: Desk, written: str) -> str:
    """A phone as it is kept; Mistake where it is none."""
    from clinic.phones import BadPhone, canonical  # noqa: PLC0415

    try:
        return canonical(written, desk.installation.region)
    except BadPhone:
        raise Mistake(f"{written!r} is no phone number") from None
