"""The commands of `caredial broadcast` under one name."""

from __future__ import annotations

import click

from gateway.cli.broadcast.drafting import new
from gateway.cli.broadcast.listing import list_, show
from gateway.cli.broadcast.previewing import preview
from gateway.cli.broadcast.reporting import report
from gateway.cli.broadcast.sending import approve, send
from gateway.cli.broadcast.steering import cancel, pause, resume
from gateway.cli.broadcast.trying import test
from gateway.cli.broadcast.watching import watch

COMMANDS = (new, preview, test, send, approve, watch, list_, show, pause, resume, cancel, report)


class InOrder(click.Group):
    """Its commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(self.commands)


@click.group(cls=InOrder, short_help="Messages to many: draft, preview, send, watch, report.")
def broadcast() -> None:
    """Messages to many: health education, warnings, notices to everybody whom an expression means.

    A broadcast is written as a draft, previewed as an invoice, sent from the outbox by the daemon, watched while it
    goes, and reported line by line beside its invoice. All but the links in `watch` works without the daemon too; but
    only the daemon sends. Phone numbers are masked.

    \b
    From the draft to the report:
        caredial broadcast new --title 'Flu vaccine' --to 'centre:NH and age>=65' --text '流感疫苗已到...'
        caredial broadcast preview 7 --explain
        caredial broadcast test 7 13800138000
        caredial broadcast send 7
        caredial broadcast watch 7
        caredial broadcast report 7 --csv flu.csv --chart flu.png
    """


for command in COMMANDS:
    broadcast.add_command(command)
