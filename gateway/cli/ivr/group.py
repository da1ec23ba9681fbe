"""The commands of `caredial ivr` under one name."""

from __future__ import annotations

import click

from gateway.cli.ivr.call import call
from gateway.cli.ivr.check import check
from gateway.cli.ivr.status import status


@click.group(short_help="Check the Asterisks, see their calls, call somebody.")
def ivr() -> None:
    """The hotline: what is wrong with its Asterisks, how they do, a message told by telephone.

    check speaks to each Asterisk itself, with the daemon running or not. status asks the running daemon by its control
    socket ([control] socket), so it runs on its machine as its user. call writes to the outbox, from which the daemon
    dials. `caredial calls` shows what became of calls, `caredial prompts` makes what is said in them.

    \b
    For a new Asterisk:
        caredial prompts build
        caredial ivr check
        caredial run
        caredial ivr call 13800138000 'This is a test.' --wait
    """


for command in (check, status, call):
    ivr.add_command(command)
