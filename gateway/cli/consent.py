"""`caredial consent`: what a phone has said to health education and advertising."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.desk import Command, person, with_by
from gateway.cli.numbers import phone_number
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake
from smpp.masking import masked

if TYPE_CHECKING:
    from gateway.config import Settings

CLASSES = ("education", "commercial")


@click.group(short_help="What a phone has said to messages to many.")
def consent() -> None:
    """What a phone has said to health education and advertising: who asks at the counter gets it written down here.

    Warnings and instructions of the health authority (class public) cannot be refused, and what somebody has asked
    for, as a T-code, always comes. By SMS a phone refuses with STOP or 退订.
    """


def _said_how(command: Command) -> Command:
    """Gives a command the options --class and --proof, as its arguments `classes` and `proof`."""
    kinds = click.option(
        "--class", "classes", type=click.Choice(CLASSES), multiple=True, help="Only this class. Default: both."
    )
    proof = click.option(
        "--proof", default="", metavar="TEXT", help="Where it was said, or on which form: kept with it, 200 characters."
    )
    return kinds(proof(command))


@consent.command(short_help="Show what a phone has said.")
@click.argument("phone")
@with_config
def show(phone: str, config: Path | None) -> None:
    """Show what PHONE has said to each class, and what that means for it.

    \b
    Example:
        caredial consent show 13800138000
    """
    from clinic import consent as consents  # noqa: PLC0415

    settings = read_settings(config)
    number = phone_number(phone, settings.installation.region)
    with opened_store(settings) as store:
        said = store.run_now(consents.said, phone=number)
    needed = settings.broadcasts.needs_consent
    click.echo(masked(number))
    for each in consents.REFUSABLE:
        word = {True: "agreed", False: "refused", None: "said nothing"}[said.get(each)]
        gets = said.get(each, each not in needed)
        click.echo(f"  {each}: {word}; it {'is sent' if gets else 'is not sent'} such messages")
    click.echo("  public: cannot be refused")


@consent.command(short_help="Write down that it wants no more.")
@click.argument("phone")
@_said_how
@with_by
@with_config
def refuse(phone: str, classes: tuple[Any, ...], proof: str, by: str, config: Path | None) -> None:
    """PHONE wants no more: what waits for it in broadcasts is cancelled too.

    \b
    Examples:
        caredial consent refuse 13800138000
        caredial consent refuse 13800138000 --class commercial --proof 'at the counter, form 31'
    """
    from clinic import consent as consents  # noqa: PLC0415

    settings = read_settings(config)
    number = phone_number(phone, settings.installation.region)
    said = _said(settings, number, classes, proof, by)
    with opened_store(settings) as store:
        cancelled = store.run_now(consents.refuse, **said)
    waiting = f"; {cancelled} that waited {'is' if cancelled == 1 else 'are'} cancelled" if cancelled else ""
    click.echo(f"{masked(number)} is sent no more {' or '.join(said['classes'])}{waiting}")


@consent.command(short_help="Write down that it agrees.")
@click.argument("phone")
@_said_how
@with_by
@with_config
def agree(phone: str, classes: tuple[Any, ...], proof: str, by: str, config: Path | None) -> None:
    """PHONE agrees. What was cancelled when it refused stays cancelled.

    \b
    Example:
        caredial consent agree 13800138000 --class commercial --proof 'signed form of 2027-03-08'
    """
    from clinic import consent as consents  # noqa: PLC0415

    settings = read_settings(config)
    number = phone_number(phone, settings.installation.region)
    said = _said(settings, number, classes, proof, by)
    with opened_store(settings) as store:
        store.run_now(consents.agree, **said)
    click.echo(f"{masked(number)} agrees to {' and '.join(said['classes'])}")


def _said(settings: Settings, phone: str, classes: tuple[Any, ...], proof: str, by: str) -> dict[str, Any]:
    if len(proof) > 200:
        raise Mistake("--proof: has at most 200 characters")
    now = dt.datetime.now(settings.installation.timezone)
    actor = f"staff:{person(by)}"
    return {
        "phone": phone,
        "source": "staff",
        "now": now,
        "classes": classes or CLASSES,
        "proof": proof,
        "actor": actor,
    }
