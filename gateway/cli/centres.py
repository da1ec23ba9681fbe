"""Which centre a command means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from gateway.store import Store


def refuse_unknown(store: Store, centre: str | None) -> None:
    """A Mistake where a code is given that no centre has; it names those that there are."""
    from clinic import listing  # noqa: PLC0415

    if centre is None:
        return
    codes = store.run_now(listing.centre_codes)
    if centre not in codes:
        raise Mistake(f"there is no centre {centre}; there are: {', '.join(codes) or 'none'}")
