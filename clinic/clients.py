"""Clients: programs that queue messages, each with a token of its own, of which only a digest is kept.

A webhook is signed with a secret that client and gateway share. It must be read again to sign, so it is kept sealed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.identity import Vault
from clinic.rows import reads
from clinic.tables import Centre, Client, Push
from smpp.kinds import MessageClass

LONGEST_NAME, LONGEST_URL, LONGEST_SCOPES = 60, 400, 200
HOSPITAL, IDENTITY = "hospital", "identity"


class UnknownClient(LookupError):
    """No client has this name."""


class NameTaken(ValueError):
    """A client has this name, perhaps a disabled one."""


class BadScope(ValueError):
    """No scope that a client can have; the message tells why."""


class BadWebhook(ValueError):
    """Not an address that events can be pushed to; the message tells why."""


@dataclass(frozen=True, slots=True)
class ClientView:
    """A client; `disabled_at` is None while its token is good, `webhook_url` "" where it is told nothing."""

    id: int
    name: str
    classes: tuple[MessageClass, ...]
    webhook_url: str
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    waiting: int = 0
    """Events that its webhook has not taken yet; only counted by `listed` and `named`."""
    scopes: tuple[str, ...] = ()
    """What it may do besides: `hospital` or `hospital:CENTRE` (the FHIR interface), `identity` (see numbers there)."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is shown once: the token, and the secret of the webhook ("" without a webhook)."""

    token: str
    webhook_secret: str


def new(
    session: Session,
    *,
    name: str,
    classes: Collection[MessageClass],
    webhook: str,
    vault: Vault,
    now: dt.datetime,
    scopes: Collection[str] = (),
) -> tuple[ClientView, Secrets]:
    """A new client that may queue messages of these classes. Raises NameTaken, BadWebhook, BadScope."""
    if session.scalar(select(Client.id).where(Client.name == name)) is not None:
        raise NameTaken(name)
    token = _token()
    row = Client(name=name, token_digest=_digest(token), classes=sorted(classes), created_at=now)
    row.scopes = _scopes(session, scopes)
    secret = _point(row, webhook, vault)
    session.add(row)
    session.flush()
    audit.note(session, "cli", "client.new", f"client:{row.id}", now=now, classes=row.classes, scopes=row.scopes)
    return _view(row), Secrets(token, secret)


@reads
def known(session: Session, *, token: str) -> ClientView | None:
    """The client with this token, unless disabled. Found by digest, so the time taken tells nothing of the token."""
    found = select(Client).where(Client.token_digest == _digest(token), Client.disabled_at.is_(None))
    row = session.scalars(found).one_or_none()
    return None if row is None else _view(row)


@reads
def listed(session: Session) -> list[ClientView]:
    """All clients by name, the disabled ones too."""
    counted = session.execute(select(Push.client_id, func.count()).group_by(Push.client_id))
    waiting = {client: count for client, count in counted}  # noqa: C416  mypy knows no dict of rows
    return [_view(row, waiting.get(row.id, 0)) for row in session.scalars(select(Client).order_by(Client.name))]


@reads
def named(session: Session, *, name: str) -> ClientView:
    """Raises UnknownClient."""
    row = _row(session, name)
    waiting = session.scalar(select(func.count()).where(Push.client_id == row.id))
    return _view(row, waiting or 0)


def disable(session: Session, *, name: str, now: dt.datetime) -> bool:
    """Refuse the client from its next request on; tells whether it had access. Raises UnknownClient.

    Events that wait for its webhook are dropped. What it has queued is sent all the same.
    """
    row = _row(session, name)
    if row.disabled_at is not None:
        return False
    row.disabled_at = now
    session.execute(delete(Push).where(Push.client_id == row.id))
    audit.note(session, "cli", "client.disable", f"client:{row.id}", now=now)
    return True


def rotate(session: Session, *, name: str, now: dt.datetime) -> str:
    """A new token; the old one is refused from now on. Lets a disabled client in again. Raises UnknownClient."""
    row = _row(session, name)
    token = _token()
    row.token_digest, row.disabled_at = _digest(token), None
    audit.note(session, "cli", "client.rotate", f"client:{row.id}", now=now)
    return token


def grant(session: Session, *, name: str, scopes: Collection[str], now: dt.datetime) -> ClientView:
    """Give the client these scopes, and no others, from its next request on. Raises UnknownClient, BadScope."""
    row = _row(session, name)
    row.scopes = _scopes(session, scopes)
    audit.note(session, "cli", "client.grant", f"client:{row.id}", now=now, scopes=row.scopes)
    return _view(row)


def point(session: Session, *, name: str, webhook: str, vault: Vault, now: dt.datetime) -> str:
    """Push events to this address from now on; "" pushes none. The new secret, which is shown once.

    Events that wait go to the new address, or are dropped where there is none. Raises UnknownClient, BadWebhook.
    """
    row = _row(session, name)
    secret = _point(row, webhook, vault)
    if not webhook:
        session.execute(delete(Push).where(Push.client_id == row.id))
    audit.note(session, "cli", "client.webhook", f"client:{row.id}", now=now, set=bool(webhook))
    return secret


def _scopes(session: Session, scopes: Collection[str]) -> str:
    """As they are kept: in their order, apart by blanks. Raises BadScope."""
    codes = set(session.scalars(select(Centre.code)))
    for scope in scopes:
        kind, colon, code = scope.partition(":")
        if colon and kind == HOSPITAL and code not in codes:
            raise BadScope(f"{scope}: there is no centre {code}; there are: {', '.join(sorted(codes)) or 'none'}")
        if scope not in (HOSPITAL, IDENTITY) and not (colon and kind == HOSPITAL):
            raise BadScope(f"{scope}: there are {HOSPITAL}, {HOSPITAL}:CENTRE and {IDENTITY}")
    kept = " ".join(sorted(set(scopes)))
    if len(kept) > LONGEST_SCOPES:
        raise BadScope(f"more than {LONGEST_SCOPES} characters: give it {HOSPITAL}, which is all centres")
    if kept == IDENTITY:
        raise BadScope(f"{IDENTITY}: only together with {HOSPITAL} or {HOSPITAL}:CENTRE")
    return kept


def _point(row: Client, webhook: str, vault: Vault) -> str:
    if webhook:
        _check(webhook)
    secret = f"whsec_{secrets.token_urlsafe(32)}" if webhook else ""
    row.webhook_url = webhook
    row.webhook_secret = vault.lock(secret.encode()) if secret else None
    return secret


def _check(webhook: str) -> None:
    """Raise BadWebhook with the reason."""
    if len(webhook) > LONGEST_URL or not webhook.isascii() or not webhook.isprintable() or " " in webhook:
        raise BadWebhook(f"at most {LONGEST_URL} printable ASCII characters, no blanks")
    try:
        parts = urlsplit(webhook)
        _ = parts.port  # raises for one that is no number
    except ValueError as error:
        raise BadWebhook(str(error)) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadWebhook("should begin with http:// or https:// and name a host")
    if parts.username is not None or parts.fragment:
        raise BadWebhook("has a user name or a #fragment; pushes are known by their signature instead")


def _row(session: Session, name: str) -> Client:
    row = session.scalars(select(Client).where(Client.name == name)).one_or_none()
    if row is None:
        raise UnknownClient(name)
    return row


def _token() -> str:
    return secrets.token_urlsafe(24)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _view(row: Client, waiting: int = 0) -> ClientView:
    classes: tuple[MessageClass, ...] = tuple(row.classes)  # type: ignore[arg-type]
    scopes = tuple((row.scopes or "").split())
    return ClientView(row.id, row.name, classes, row.webhook_url, row.created_at, row.disabled_at, waiting, scopes)
