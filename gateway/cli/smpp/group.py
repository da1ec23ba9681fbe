"""The commands of `caredial smpp` under one name."""

from __future__ import annotations

import click

from gateway.cli.smpp.decode import decode
from gateway.cli.smpp.send import send
from gateway.cli.smpp.status import status
from gateway.cli.smpp.trace import trace


@click.group(short_help="See the SMPP links, send a text, trace and decode PDUs.")
def smpp() -> None:
    """The links to SMS centres: how they do, a text sent by hand, PDUs as they go by.

    status and trace ask the running daemon by its control socket ([control] socket), so they run on its machine as
    its user. send writes to the outbox, which works without the daemon too; decode needs nothing at all.
    """


for command in (status, send, trace, decode):
    smpp.add_command(command)
