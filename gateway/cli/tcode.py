"""`caredial tcode`: T-codes looked at, their keys, their printed slips."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import click

from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem
from gateway.keys import open_keyring

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from clinic.views import VoucherView
    from gateway.config import Settings
    from tcode.keyring import PublicBundle
    from tcode.voucher import Claims, PublicKeys


@click.group()
def tcode() -> None:
    """Check T-codes, rotate their keys, print their slips."""


@tcode.command()
@click.argument("code")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day it must be for. Default: today.")
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Public keys (`caredial tcode keys`) to check with, where neither settings nor private keys are.",
)
@click.option("--database", is_flag=True, help="Also look up what became of it. Nothing is changed.")
@with_config
def verify(code: str, day: dt.datetime | None, keys: Path | None, database: bool, config: Path | None) -> None:
    """Check a T-code: CODE is the text of the QR picture, or - to read it from standard input.

    Signature and day are checked with the public keys alone. With --database CODE may be the 12-digit number too.
    Exits with 1 unless it is genuine, for the day and (with --database) not used, cancelled or expired.

    \b
    Examples:
        caredial tcode verify 'CD1:...'
        zbarimg -q --raw tcode.png | caredial tcode verify -
        caredial tcode verify 123456789012 --database
        caredial tcode verify 'CD1:...' --keys public-keys.json
    """
    if keys is not None and database:
        raise Mistake("--keys checks without a database; leave one of the two out")
    text = sys.stdin.read().rstrip("\r\n") if code == "-" else code
    settings = None if keys is not None else read_settings(config)
    today = day.date() if day else _today(settings)
    ring = open_keyring(settings) if settings else _public(keys)
    claims = None if database and not text.startswith("CD1:") else _claims(text, ring)
    if claims is not None:
        click.echo(
            f"genuine: number {claims.number}, centre {claims.centre}, {claims.day} {claims.half}, queue {claims.queue}"
        )
    if settings and database:
        found = _found(settings, claims.number if claims else text)
        _check_record(found, claims)
        _check_day(found.day, today)
    elif claims is not None:
        _check_day(claims.day, today)


def _today(settings: Settings | None) -> dt.date:
    return dt.datetime.now(settings.installation.timezone if settings else None).date()


def _public(path: Path | None) -> PublicBundle:
    from tcode.keyring import PublicBundle  # noqa: PLC0415

    return PublicBundle(path.read_text(encoding="utf-8") if path else "")


def _claims(text: str, keys: PublicKeys) -> Claims:
    from tcode.voucher import Forged, verify  # noqa: PLC0415

    try:
        return verify(text, keys)
    except Forged as error:
        raise Problem(f"forged: {error}") from error


def _found(settings: Settings, written: str) -> VoucherView:
    from clinic import listing  # noqa: PLC0415
    from tcode import number  # noqa: PLC0415

    try:
        wanted = number.parse(written)
    except number.BadNumber as error:
        raise Mistake(f"neither a QR text (CD1:...) nor a number: {error}") from error
    with opened_store(settings) as store:
        view = store.run_now(listing.voucher, number=wanted)
    if view is None:
        raise Problem("unknown: no visit here has this T-code")
    return view


def _check_record(view: VoucherView, claims: Claims | None) -> None:
    """What the database says of it. A genuine signature over other words than ours is a T-code of another place."""
    from clinic.vouchers import claims_of  # noqa: PLC0415

    if claims is not None and claims_of(view) != claims:
        raise Problem("unknown: the visit with this number is another one")
    used = f" at {view.used_at:%Y-%m-%d %H:%M} UTC" if view.used_at else ""
    click.echo(
        f"{view.state}{used}: visit {view.visit}, {view.patient_name}, {view.day} {view.half}, queue {view.queue}"
    )
    if view.state != "issued":
        raise Problem(f"it is {view.state}")


def _check_day(day: dt.date, today: dt.date) -> None:
    if day != today:
        raise Problem(f"wrong day: it is for {day}, not for {today}")


@tcode.command()
@with_config
def rotate(config: Path | None) -> None:
    """Make a new signing key. It signs from now on; T-codes signed before stay good, a running daemon notices.

    Give kiosks that check offline the new public keys: `caredial tcode keys`. After 255 rotations delete old keys.
    """
    settings = read_settings(config)
    with opened_store(settings) as store:
        key = open_keyring(settings).rotate()
        store.run_now(_note_rotation, key=key, now=dt.datetime.now(settings.installation.timezone))
    click.echo(f"key {key} signs from now on; keep a copy of {settings.keys.directory}")


def _note_rotation(session: Session, *, key: int, now: dt.datetime) -> None:
    from clinic import audit  # noqa: PLC0415

    audit.note(session, "cli", "tcode.rotate", f"key:{key}", now=now)


@tcode.command()
@with_config
def keys(config: Path | None) -> None:
    """Print the public keys (JSON Web Key Set, RFC 7517): what a kiosk needs to check T-codes offline.

    \b
    Example:
        caredial tcode keys > public-keys.json
    """
    click.echo(open_keyring(read_settings(config)).public_bundle())


@tcode.command()
@click.argument("number")
@click.option("--png", type=click.File("wb", lazy=True), metavar="FILE", help="Write a PNG picture to FILE or -.")
@click.option("--escpos", type=click.File("wb", lazy=True), metavar="FILE", help="Write for an ESC/POS printer.")
@with_config
def slip(number: str, png: BinaryIO | None, escpos: BinaryIO | None, config: Path | None) -> None:
    """Make the printed slip of the T-code with this 12-digit NUMBER.

    \b
    Examples:
        caredial tcode slip 123456789012 --png slip.png
        caredial tcode slip 123456789012 --escpos /dev/usb/lp0
    """
    from gateway.http.slips import SlipPrinter  # noqa: PLC0415

    if not png and not escpos:
        raise Mistake("say where to write: --png FILE or --escpos FILE")
    settings = read_settings(config)
    view = _found(settings, number)
    printer = SlipPrinter(open_keyring(settings), settings.slip.font, settings.slip.width)
    wanted: list[tuple[BinaryIO | None, Literal["png", "bin"]]] = [(png, "png"), (escpos, "bin")]
    for file, form in wanted:
        if file:
            drawn = printer.draw(view, "en" if view.language == "en" else "zh", form)
            file.write(drawn)  # only this opens the file: what cannot be drawn leaves no empty one
