"""Numbers as a person writes them in a command: of rows, none that no database can hold; of phones, in any form."""

from __future__ import annotations

from typing import Final

import click

from gateway.cli.problems import Mistake

LARGEST: Final = 2**31 - 1
NUMBER: Final = click.IntRange(1, LARGEST)
"""Of a visit, a clinic session, a resident, a broadcast."""
MESSAGE: Final = click.IntRange(1, 2**63 - 1)
"""Of a message, of which there are more."""


def phone_number(written: str, region: str, option: str = "") -> str:
    """A phone as +86154...; Mistake, with the option that it was given by, where it is none."""
    from clinic import phones  # noqa: PLC0415

    try:
        return phones.canonical(written, region)
    except phones.BadPhone as error:
        raise Mistake(f"{option}: {written!r} is {error}" if option else f"{written!r} is {error}") from error
