"""A message of the outbox, followed until it has come to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from clinic.listing import MessageLine
    from gateway.store import Store

EVERY_SECONDS = 0.5


def follow(store: Store, occasion: str, over: Callable[[MessageLine], bool]) -> None:
    """Show `over` the message again and again until it says that this was its last state. Ctrl-C leaves it alone."""
    from clinic import listing  # noqa: PLC0415

    try:
        while True:
            found = store.run_now(listing.message, occasion=occasion)
            if found is None or over(found):
                return
            time.sleep(EVERY_SECONDS)
    except KeyboardInterrupt:
        click.echo("not followed any more; it goes on without you", err=True)
