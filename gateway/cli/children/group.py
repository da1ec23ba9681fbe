"""The commands of `caredial children` under one name."""

from __future__ import annotations

import click

from gateway.cli.broadcast.group import InOrder
from gateway.cli.children.against import against
from gateway.cli.children.doses import correct, dose, lots, strike
from gateway.cli.children.due import due, overdue
from gateway.cli.children.files import change, list_, new
from gateway.cli.children.looking import look_again
from gateway.cli.children.school import school
from gateway.cli.children.showing import show

COMMANDS = (new, show, change, list_, dose, correct, strike, against, due, overdue, school, lots, look_again)


@click.group(cls=InOrder, short_help="Children's files: doses, due lists, school entry.")
def children() -> None:
    """Children whose vaccinations a centre looks after: files, doses with lots, what is due, school entry.

    A child is meant by the number of its vaccination card, by its identity number, or by the ID that lists show. Names
    and phone numbers are masked unless --shown. Files of many children are imported (`caredial import children`).

    \b
    A child's way:
        caredial children new --card B2027001 --name 林浩然 --birth 2027-03-01 --sex male --centre DY \\
            --guardian mother:15400000001
        caredial children dose B2027001 HepB --lot 20270117
        caredial children show B2027001 --why
        caredial children overdue --centre DY
        caredial children school B2027001 --day 2033-09-01
    """


for command in COMMANDS:
    children.add_command(command)
