"""What `caredial accounts` and `caredial settle` share: amounts as people write them, refusals in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.cli.desk import Desk
from gateway.cli.problems import Mistake, Problem

if TYPE_CHECKING:
    from conf.texts.words import Money


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
    from clinic.money.accounts import NoAccount, ProvesOther  # noqa: PLC0415
    from clinic.money.insurance import NotSwappable  # noqa: PLC0415
    from clinic.money.ledger import Otherwise  # noqa: PLC0415
    from clinic.money.settlement import NotSettled  # noqa: PLC0415
    from clinic.money.troubles import NotSo  # noqa: PLC0415

    try:
        return desk.run(fn, **given)
    except NotEnough as error:
        raise Problem("there is not as much in the account; `caredial accounts show` tells how much") from error
    except ProvesOther as error:
        raise Problem("that code was sent for something else; without --code a new one is sent") from error
    except NotSwappable as error:
        raise Problem(error.said) from error
    except NoAccount as error:
        shows = "`caredial people find` shows residents, `caredial accounts list` accounts"
        raise Problem(f"{error}; {shows}") from error
    except (NotSettled, NotSo, Otherwise) as error:
        raise Problem(str(error)) from error
