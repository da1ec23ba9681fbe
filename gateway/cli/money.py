"""What `caredial accounts` and `caredial settle` share: amounts as people write them, documents for programs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.broadcast.desk import Desk
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from conf.texts.words import Money

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document a line.")
YES = click.option("--yes", is_flag=True, help="Do it without asking.")


def figure(amount: Money) -> str:
    """12.50 CNY"""
    from clinic.money.amounts import written  # noqa: PLC0415

    return f"{written(amount.fen, amount.currency)} {amount.currency}"


def units(written: str, currency: str, option: str) -> int:
    """What somebody has typed, in smallest units, above nothing; Mistake for anything else."""
    from clinic.money.amounts import BadAmount  # noqa: PLC0415
    from clinic.money.amounts import units as exact  # noqa: PLC0415

    try:
        found = exact(written, currency)
    except BadAmount as error:
        raise Mistake(f"{option}: {error}") from error
    if found <= 0:
        raise Mistake(f"{option}: {written!r} is not above nothing")
    return found


def run(desk: Desk, fn: Any, /, **given: Any) -> Any:
    """A use case; what accounts and settlements refuse is told in words."""
    from clinic.errors import NotEnough  # noqa: PLC0415
    from clinic.money.accounts import NoAccount, NotProved  # noqa: PLC0415
    from clinic.money.insurance import NotSwappable  # noqa: PLC0415
    from clinic.money.ledger import Otherwise  # noqa: PLC0415
    from clinic.money.settlement import NotSettled  # noqa: PLC0415
    from clinic.money.troubles import NotSo  # noqa: PLC0415

    try:
        return desk.run(fn, **given)
    except NotEnough as error:
        raise Problem("there is not as much in the account; `caredial accounts show` tells how much") from error
    except NotProved as error:
        raise Problem("that code was sent for something else; without --code a new one is sent") from error
    except NotSwappable as error:
        raise Problem(error.said) from error
    except (NoAccount, NotSettled, NotSo, Otherwise) as error:
        raise Problem(str(error)) from error


def confirm(question: str, *, yes: bool, as_json: bool) -> None:
    """Asks before what cannot be undone. A program cannot be asked."""
    if as_json and not yes:
        raise Mistake("--json asks nothing: it needs --yes")
    if not yes:
        click.echo(question)
        click.confirm("Go on?", abort=True)


def print_documents(documents: Iterable[dict[str, Any]]) -> None:
    for document in documents:
        click.echo(json.dumps(document, ensure_ascii=False, default=_plain))


def _plain(value: object) -> Any:
    from conf.texts.words import Money, Name  # noqa: PLC0415

    if isinstance(value, Money):
        from clinic.money.amounts import written  # noqa: PLC0415

        return {"amount": written(value.fen, value.currency), "currency": value.currency}
    if isinstance(value, Name):
        return value.zh
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing for JSON")
