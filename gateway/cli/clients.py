"""`caredial clients`: which programs may queue messages or act as the hospital's system, and where they are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from gateway.cli import days
from gateway.cli.answers import AS_JSON, YES, answer, confirm, print_documents
from gateway.cli.days import now_of
from gateway.cli.desk import many
from gateway.cli.opening import opened_store, read_settings, with_config
from gateway.cli.problems import Mistake, Problem
from smpp.kinds import MessageClass

if TYPE_CHECKING:
    from clinic.clients import ClientView
    from gateway.config import Settings
    from gateway.store import Store

CLASSES: tuple[MessageClass, ...] = get_args(MessageClass)
ONCE = "This is not shown again."
SCOPES = "What else it may do: hospital, or hospital:CENTRE (several times); identity: it sees identity numbers."
CHECK = "Each push bears CareDial-Signature: t=SECONDS,v1=HMAC-SHA256 of SECONDS.BODY by the secret."


@click.group(short_help="Programs: messages by HTTP, hospitals by FHIR.")
def clients() -> None:
    """Programs that queue messages, or are a hospital's system: give tokens, take them away, set webhooks and scopes.

    The running daemon describes the messages API at /api/openapi.json, the hospital's at /fhir/metadata.

    \b
    Examples:
        caredial clients new platform --classes answer,notice
        caredial clients new his --scope hospital:DY
        caredial clients list
    """


@clients.command(short_help="Let a program in: prints its token, once.")
@click.argument("name")
@click.option(
    "--classes",
    default="",
    metavar="CLASS,...",
    help=f"Message classes that it may use, of {', '.join(CLASSES)}.",
)
@click.option("--webhook", default="", metavar="URL", help="Where it is told what became of its messages.")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help=SCOPES)
@AS_JSON
@with_config
def new(name: str, classes: str, webhook: str, scopes: tuple[str, ...], as_json: bool, config: Path | None) -> None:
    """Let a program in: prints its token, and its webhook's secret, this once.

    Class bulk is for messages to many alike: they wait out the quiet hours, and do not go to phones that refused them.
    A hospital's system gets a scope: with it, it reads and writes sessions and visits as FHIR R4 under /fhir
    (docs/hospital.md). It may have no class at all: then it queues no messages.

    \b
    Examples:
        caredial clients new platform --classes answer,notice --webhook https://platform.example/caredial
        caredial clients new his --scope hospital:DY --scope identity
    """
    from clinic import clients as programs  # noqa: PLC0415
    from gateway.keys import open_vault  # noqa: PLC0415

    settings = read_settings(config)
    wanted = [] if scopes and not classes else _classes(classes)
    given = {
        "name": _name(name),
        "classes": wanted,
        "webhook": webhook,
        "scopes": scopes,
        "vault": open_vault(settings),
    }
    with _opened(settings) as store:
        made, secrets = store.run_now(programs.new, **given, now=now_of(settings))  # type: ignore[arg-type]
    if as_json:
        shared = {"token": secrets.token, "webhook_secret": secrets.webhook_secret or None}
        print_documents(settings, [_document(made) | shared])
        return
    click.echo(f"client {made.id}, {made.name}")
    click.echo(f"token    {secrets.token}")
    for path in (*(["/api/messages"] if made.classes else []), *(["/fhir"] if made.scopes else [])):
        click.echo(f"address  {settings.installation.public_url}{path}")
    if secrets.webhook_secret:
        click.echo(f"secret   {secrets.webhook_secret}")
        click.echo(CHECK, err=True)
    click.echo(ONCE, err=True)


@clients.command(name="list")
@AS_JSON
@with_config
def list_(as_json: bool, config: Path | None) -> None:
    """List all clients, the disabled ones too. Waiting: events that its webhook has not taken yet.

    \b
    Example:
        caredial clients list
    """
    from clinic import clients as programs  # noqa: PLC0415
    from gateway.cli.tables import show  # noqa: PLC0415

    settings = read_settings(config)
    with _opened(settings) as store:
        found = store.run_now(programs.listed)
    if as_json:
        print_documents(settings, map(_document, found))
        return
    rows = [(each.name, *(value for _, value in _lines(each, settings)[1:])) for each in found]
    show(("Name", "Classes", "Scopes", "Webhook", "Waiting", "Since", "Disabled"), rows)


@clients.command()
@click.argument("name")
@AS_JSON
@with_config
def show(name: str, as_json: bool, config: Path | None) -> None:
    """Show one client.

    \b
    Example:
        caredial clients show hospital
    """
    from clinic import clients as programs  # noqa: PLC0415

    settings = read_settings(config)
    with _opened(settings) as store:
        found = store.run_now(programs.named, name=name)
    if as_json:
        print_documents(settings, [_document(found)])
        return
    for key, value in _lines(found, settings):
        click.echo(f"{key:<9} {value}")


@clients.command(short_help="Refuse a client, until it gets a new token.")
@click.argument("name")
@YES
@AS_JSON
@with_config
def disable(name: str, yes: bool, as_json: bool, config: Path | None) -> None:
    """Refuse a client from its next request on, and push nothing more to it. What it has queued is still sent. Its
    token never works again: `caredial clients rotate` lets it in with a new one.

    \b
    Example:
        caredial clients disable hospital
    """
    from clinic import clients as programs  # noqa: PLC0415

    settings = read_settings(config)
    with _opened(settings) as store:
        view = store.run_now(programs.named, name=name)
        if view.disabled_at is None:
            waits = f"; {many(view.waiting, 'event')} for its webhook wait, and are not pushed" if view.waiting else ""
            question = f"{name} is refused from its next request on, and its token never works again{waits}."
            confirm(question, yes=yes, as_json=as_json)
        if not store.run_now(programs.disable, name=name, now=now_of(settings)):
            raise Problem(f"{name} is disabled already; `caredial clients rotate {name}` would let it in again")
    said = f"{name} has no access any more; `caredial clients rotate {name}` would let it in again"
    answer(settings, said, as_json=as_json, name=name, disabled=True)


@clients.command(short_help="A new token; the old one is refused.")
@click.argument("name")
@YES
@AS_JSON
@with_config
def rotate(name: str, yes: bool, as_json: bool, config: Path | None) -> None:
    """Give a client a new token, which is printed this once; the old one is refused at once.

    A client that was disabled is let in again.

    \b
    Example:
        caredial clients rotate hospital
    """
    from clinic import clients as programs  # noqa: PLC0415

    settings = read_settings(config)
    with _opened(settings) as store:
        view = store.run_now(programs.named, name=name)
        loses = (
            "is let in again with a new token" if view.disabled_at else "loses its token at once, and needs the new one"
        )
        confirm(f"{name} {loses}.", yes=yes, as_json=as_json)
        token = store.run_now(programs.rotate, name=name, now=now_of(settings))
    answer(settings, f"token    {token}", as_json=as_json, name=name, token=token)
    click.echo(ONCE, err=True)


@clients.command(short_help="Where a client's events are pushed.")
@click.argument("name")
@click.argument("url", required=False)
@click.option("--none", is_flag=True, help="Push nothing any more, and drop what waits.")
@YES
@AS_JSON
@with_config
def webhook(name: str, url: str | None, none: bool, yes: bool, as_json: bool, config: Path | None) -> None:
    """Push a client's events to URL from now on, signed with a new secret, which is printed this once.

    \b
    Examples:
        caredial clients webhook hospital https://hospital.example/caredial
        caredial clients webhook hospital --none
    """
    from clinic import clients as programs  # noqa: PLC0415
    from gateway.keys import open_vault  # noqa: PLC0415

    if bool(url) == none:
        raise Mistake("give either a URL or --none")
    settings = read_settings(config)
    given: dict[str, Any] = {"name": name, "webhook": url or "", "vault": open_vault(settings)}
    with _opened(settings) as store:
        before = store.run_now(programs.named, name=name)
        if before.webhook_url:
            confirm(_repointing(before, none=none), yes=yes, as_json=as_json)
        secret = store.run_now(programs.point, **given, now=now_of(settings))
    if not secret:
        answer(settings, f"nothing is pushed to {name} any more", as_json=as_json, name=name, webhook=None)
        return
    answer(settings, f"secret   {secret}", as_json=as_json, name=name, webhook=url, webhook_secret=secret)
    click.echo(f"{CHECK}\n{ONCE}", err=True)


@clients.command(short_help="Change what a client may do besides messages.")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help=SCOPES)
@click.option("--none", is_flag=True, help="Take all scopes away.")
@AS_JSON
@with_config
def grant(name: str, scopes: tuple[str, ...], none: bool, as_json: bool, config: Path | None) -> None:
    """Give a client these scopes instead of those that it has. Its token stays; its next request is judged by them.

    \b
    Examples:
        caredial clients grant his --scope hospital:DY --scope hospital:NH
        caredial clients grant his --none
    """
    from clinic import clients as programs  # noqa: PLC0415

    if bool(scopes) == none:
        raise Mistake("either --scope, or --none")
    settings = read_settings(config)
    with _opened(settings) as store:
        changed = store.run_now(programs.grant, name=name, scopes=scopes, now=now_of(settings))
    said = f"{changed.name}: {' '.join(changed.scopes) or 'no scope'}"
    answer(settings, said, as_json=as_json, name=changed.name, scopes=changed.scopes)


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    """The store, and what may be wrong about a client in words."""
    from clinic import clients as programs  # noqa: PLC0415

    with opened_store(settings) as store:
        try:
            yield store
        except programs.UnknownClient as error:
            raise Problem(f"there is no client {error}; `caredial clients list` shows them") from error
        except programs.NameTaken as error:
            raise Problem(f"there is a client {error} already; `caredial clients list` shows them") from error
        except programs.BadWebhook as error:
            raise Mistake(f"the webhook: {error}") from error
        except programs.BadScope as error:
            raise Mistake(f"--scope: {error}") from error


def _name(written: str) -> str:
    name = written.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise Mistake("NAME: 1 to 60 printable characters")
    return name


def _classes(written: str) -> list[MessageClass]:
    wanted = [word.strip() for word in written.split(",") if word.strip()]
    unknown = sorted(set(wanted) - set(CLASSES))
    if unknown or not wanted:
        raise Mistake(f"--classes: {', '.join(unknown) or 'none'} is no class; there are: {', '.join(CLASSES)}")
    return [each for each in CLASSES if each in wanted]


def _repointing(client: ClientView, *, none: bool) -> str:
    """What taking its webhook away, or giving it another, does."""
    waits = f"; {many(client.waiting, 'event')} that wait are dropped" if none and client.waiting else ""
    secret = "" if none else "; the secret that signs is a new one"
    return f"{client.name}: {client.webhook_url} gets nothing any more{waits}{secret}."


def _document(client: ClientView) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "classes": list(client.classes),
        "scopes": list(client.scopes),
        "webhook": client.webhook_url or None,
        "waiting": client.waiting,
        "created_at": client.created_at,
        "disabled_at": client.disabled_at,
    }


def _lines(client: ClientView, settings: Settings) -> list[tuple[str, object]]:
    def local(moment: dt.datetime | None) -> str:
        return days.moment(moment, settings.installation.timezone)

    return [
        ("name", client.name),
        ("classes", ", ".join(client.classes)),
        ("scopes", " ".join(client.scopes)),
        ("webhook", client.webhook_url),
        ("waiting", client.waiting),
        ("since", local(client.created_at)),
        ("disabled", local(client.disabled_at)),
    ]
