"""`caredial people`: who is who, and by which phone."""

from __future__ import annotations

import click

from gateway.cli.people import changing, finding, names, phones, recovering, verify


@click.group(short_help="Find people; phones, names, recovery.")
def people() -> None:
    """Find people, and the phones that book for them; correct and complete names; move somebody to another phone.

    \b
    Examples:
        caredial people find --phone 15400000001
        caredial people recover --identity 110101195808142424 --to 15400000003
        caredial people refuted
        caredial people incomplete
    """


for command in (
    finding.find,
    finding.show,
    changing.add,
    changing.remove,
    recovering.recover,
    recovering.confirm,
    finding.refuted,
    changing.correct,
    verify.verify,
    verify.digests,
    names.incomplete,
    names.complete,
    phones.contact,
    phones.wrong_numbers,
    phones.right_number,
):
    people.add_command(command)
