"""Numbers of rows as a person writes them in a command: none that no database can hold."""

from __future__ import annotations

from typing import Final

import click

LARGEST: Final = 2**31 - 1
NUMBER: Final = click.IntRange(1, LARGEST)
"""Of a visit, a clinic session, a resident, a broadcast."""
MESSAGE: Final = click.IntRange(1, 2**63 - 1)
"""Of a message, of which there are more."""
