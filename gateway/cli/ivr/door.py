"""Whether an Asterisk takes our login, without a reactor: the session of `ivr.ami` on a socket that blocks."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.cli.problems import Problem

if TYPE_CHECKING:
    from ivr.ami.session import Session
    from ivr.ami.states import SessionEvent
    from ivr.settings import ServerSettings

SECONDS = 5.0
"""For the connection, and for the login."""
MOST = 65_536


def logged_in(name: str, server: ServerSettings) -> str:
    """Log in and off; what it is. Problem where that is not to be had, and what to do about it."""
    place = f"{server.host}:{server.port}"
    try:
        plain = socket.create_connection((server.host, server.port), timeout=SECONDS)
        with plain, _dressed(server, plain) as connection:
            return f"{place} takes the login: {_session(name, server, connection)}"
    except ssl.SSLCertVerificationError as error:
        raise Problem(f"{place}: TLS: {error.verify_message}; look at tls_hostname and tls_ca") from error
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).lower().replace("_", " ")
        raise Problem(f"{place}: TLS: {reason}; has it TLS on this port (tlsbindaddr in manager.conf)?") from error
    except OSError as error:
        raise Problem(
            f"{place}: {error.strerror or error}; does Asterisk run, and is AMI enabled (manager.conf)?"
        ) from error


def _dressed(server: ServerSettings, plain: socket.socket) -> socket.socket:
    if not server.tls:
        return plain
    trust = ssl.create_default_context(cafile=server.tls_ca)
    return trust.wrap_socket(plain, server_hostname=server.tls_hostname or server.host)


def _session(name: str, server: ServerSettings, connection: socket.socket) -> str:
    """Log in and off; the Asterisk's greeting."""
    from ivr.ami.session import Session  # noqa: PLC0415
    from ivr.ami.states import Closed, LoginRefused, Options, Ready  # noqa: PLC0415

    secret = server.secret.get_secret_value()
    options = Options(server.username, secret, server.login, events="off", login_timeout=SECONDS, boot_wait=0.0)
    session = Session(options, time.monotonic())
    for event in _events(session, connection):
        match event:
            case Ready():
                session.close(time.monotonic())
                connection.sendall(session.data_to_send())
                return session.banner
            case LoginRefused(message=message):
                raise Problem(
                    f"the login of {server.username} is refused: {message}; compare username and secret with"
                    f" manager.conf, and its permit with our address; `caredial ivr check --server {name}` tells more"
                )
            case Closed(reason=reason):
                raise Problem(f"the connection was closed before the login was through ({reason.value})")
    raise Problem(f"{session.state.value}, and no answer within {SECONDS:g} s; is it a manager interface (port, tls)?")


def _events(session: Session, connection: socket.socket) -> Iterator[SessionEvent]:
    """What the session makes of what comes, until the time is over."""
    until = time.monotonic() + SECONDS
    with suppress(TimeoutError):
        while (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            data = connection.recv(MOST)
            now = time.monotonic()
            events = [*session.receive(data, now), *session.tick(now)] if data else session.lost()
            connection.sendall(session.data_to_send())
            yield from events
