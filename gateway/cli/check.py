"""`caredial check`: everything that the daemon needs, looked at before it is started; every problem at once."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.ivr.looks import looks
from gateway.cli.opening import chosen, opened_store, read_settings, with_config
from gateway.cli.problems import FAILED, Doubt, Mistake, Problem
from gateway.keys import IDENTITY_KEY, TCODE_KEYS

if TYPE_CHECKING:
    from gateway.config import Settings
    from smpp.settings import LinkSettings

CONNECT_SECONDS = 5.0

Row = tuple[str, bool | None, str]
"""What was looked at, whether it is good (None: it may be), what was found."""


@click.command(short_help="Look at all that a start needs, tell every problem.")
@with_config
@click.pass_context
def check(ctx: click.Context, config: Path | None) -> None:
    """Look at settings, database, shared state, keys, the slip's font, the schedules of vaccines and the norms of
    follow-up, the SMPP links and the hotline; tell every problem.

    Nothing is changed, and no SMS centre is logged in to: of a link only the TCP connection is tried. Of the hotline
    it looks at voice, prompts, folders, duty phones and the login to each Asterisk; `caredial ivr check` looks at all
    the rest, and has Asterisk call itself. Exits with 1 if anything is wrong; a warning is something that may be meant
    so.

    \b
    Example:
        caredial check --config /etc/caredial/caredial.toml
    """
    from rich.text import Text  # noqa: PLC0415

    from gateway.cli.tables import show  # noqa: PLC0415

    rows = list(looked_at(config))
    marks = {
        True: Text("ok", style="green"),
        None: Text("warning", style="yellow"),
        False: Text("PROBLEM", style="bold red"),
    }
    show(("What", "", "Found"), [(what, marks[good], found) for what, good, found in rows])
    problems = sum(good is False for _, good, _ in rows)
    if problems:
        click.echo(f"{problems} problem{'s' if problems > 1 else ''}", err=True)
        ctx.exit(FAILED)


def looked_at(config: Path | None) -> Iterator[Row]:
    """Each thing looked at: what, whether it is good, what was found."""
    from gateway.config import ConfigError  # noqa: PLC0415

    try:
        settings = read_settings(config)
    except ConfigError as error:
        yield from (("settings", False, mistake) for mistake in error.mistakes)
        return
    except Mistake as error:
        yield "settings", False, error.message
        return
    yield "settings", True, str(chosen(config))
    yield _row("database", lambda: _database(settings))
    yield _row("shared state", lambda: _shared(settings))
    yield _row("identity key", lambda: _identity_key(settings))
    yield _row("T-code keys", lambda: _tcode_keys(settings))
    yield _row("slip font", lambda: _font(settings))
    yield from _lines("schedules", _schedules)
    yield from _lines("norms", _norms)
    if settings.people.verifier.kind != "none":
        yield _row("register of names", lambda: _register(settings))
    yield _row("control socket", lambda: _control(settings))
    if not settings.smpp.links:
        yield "links", False, "there is no [smpp.links.NAME]: no SMS and no USSD"
    elif all(link.bind == "receiver" for link in settings.smpp.links.values()):
        yield "links", False, "none of them sends: [smpp.links.NAME] bind is receiver everywhere"
    for name, link in settings.smpp.links.items():
        yield _row(f"link {name}", lambda link=link: _link(link))  # type: ignore[misc]
    for what, look in looks(settings):
        yield _row(what, look)


def _row(what: str, look: Callable[[], str]) -> Row:
    try:
        return what, True, look()
    except Doubt as doubt:
        return what, None, str(doubt)
    except Problem as error:
        return what, False, error.message
    except Exception as error:  # noqa: BLE001  whatever is wrong with this one, the others are looked at
        return what, False, str(error).splitlines()[0] if str(error) else type(error).__name__


def _lines(what: str, look: Callable[[], str]) -> Iterator[Row]:
    """A row for each line of what is wrong."""
    _, good, found = _row(what, look)
    yield from ((what, good, line) for line in found.splitlines())


def _register(settings: Settings) -> str:
    from gateway.verifiers import looked_at  # noqa: PLC0415

    return looked_at(settings.people.verifier)


def _schedules() -> str:
    from conf.vaccines import BadEdition, editions  # noqa: PLC0415

    try:
        return f"valid from {', '.join(str(each.start) for each in editions())}"
    except BadEdition as error:
        raise Problem(str(error)) from error


def _norms() -> str:
    from conf.norms import BadNorms, read_all  # noqa: PLC0415

    try:
        return ", ".join(read_all())
    except BadNorms as error:
        raise Problem(str(error)) from error


def _database(settings: Settings) -> str:
    from clinic import schema  # noqa: PLC0415

    with opened_store(settings) as store:
        return f"{store.engine.url.render_as_string(hide_password=True)} at {schema.newest()}"


def _shared(settings: Settings) -> str:
    from gateway import shared  # noqa: PLC0415

    url = settings.shared.url.get_secret_value()
    client = shared.connect(url)
    try:
        client.ping()
    finally:
        client.close()
    return "redis answers" if url else "inside the daemon"


def _identity_key(settings: Settings) -> str:
    from clinic.identity import Vault  # noqa: PLC0415

    path = settings.keys.directory / IDENTITY_KEY
    if not path.exists():
        raise Problem(f"{path}: missing; bring it back, or run `caredial init` for a first one")
    if path.stat().st_mode & 0o077:
        raise Problem(f"{path}: other users can read it; run: chmod 600 {path}")
    Vault.open(path)
    return str(path)


def _tcode_keys(settings: Settings) -> str:
    from tcode.keyring import Keyring  # noqa: PLC0415

    directory = settings.keys.directory / TCODE_KEYS
    if not any(directory.glob("tcode-*.pem")):
        raise Problem(f"{directory}: no key; bring it back, or run `caredial init` for a first one")
    key, _ = Keyring(directory).current()
    return f"{directory}, key {key} signs"


def _font(settings: Settings) -> str:
    from tcode import fonts  # noqa: PLC0415

    return str(fonts.find(settings.slip.font))


def _control(settings: Settings) -> str:
    from gateway.control.door import NoDoor, look  # noqa: PLC0415

    path = settings.control.socket
    if not path:
        return "none"
    try:
        look(Path(path))
    except NoDoor as error:
        raise Problem(str(error)) from error
    return path


def _link(link: LinkSettings) -> str:
    if link.outbind_port:
        return f"waits for the SMS centre at {link.outbind_host}:{link.outbind_port}"
    place = f"{link.host}:{link.port}"
    try:
        connection = socket.create_connection((link.host, link.port), timeout=CONNECT_SECONDS)
    except OSError as error:
        raise Problem(f"{place}: {error.strerror or error}; is the SMS centre up, and host and port right?") from error
    with connection:
        if not link.tls:
            return f"{place} takes connections"
        _shake_hands(link, connection)
        return f"{place} proves who it is"


def _shake_hands(link: LinkSettings, connection: socket.socket) -> None:
    name = link.tls_hostname or link.host
    try:
        trust = ssl.create_default_context(cafile=link.tls_ca)
        with trust.wrap_socket(connection, server_hostname=name):
            pass
    except ssl.SSLCertVerificationError as error:
        raise Problem(f"TLS: {error.verify_message}; look at tls_hostname and tls_ca") from error
    except ssl.SSLError as error:
        reason = error.reason or str(error)
        hint = "no certificate in it" if "CERTIFICATE" in reason else "does the SMS centre speak TLS on this port?"
        raise Problem(f"TLS: {reason.lower().replace('_', ' ')}; {hint}") from error
    except OSError as error:
        raise Problem(f"TLS: {link.tls_ca or name}: {error.strerror or error}") from error
