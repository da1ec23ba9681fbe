"""Whether a caller for help can be put through: is there a duty phone, and does a trunk carry it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.cli.opening import opened_store
from smpp.masking import masked

if TYPE_CHECKING:
    from gateway.config import Settings

SHOWN = 5


def doubts(settings: Settings) -> Iterator[tuple[str, str]]:
    """What is in a caller's way, and what to do about it. Raises Problem where the database cannot be read."""
    from clinic import alarms  # noqa: PLC0415

    region = settings.installation.region
    with opened_store(settings) as store:
        phones = store.run_now(alarms.duty_phones, fallback=settings.ivr.emergency, region=region)
    if not phones:
        yield (
            "there is no duty phone: who calls for help is told to call 120",
            "give the centres one (duty_phone of `caredial import centres`), or set [ivr] emergency",
        )
    for server in settings.ivr.servers:
        lost = _not_carried(settings, phones, server)
        if lost:
            more = f" and {len(lost) - SHOWN} more" if len(lost) > SHOWN else ""
            yield (
                f"no trunk of server {server} carries the duty phone {', '.join(map(masked, lost[:SHOWN]))}{more}",
                "look at server and prefixes of [ivr.trunks.NAME]",
            )


def _not_carried(settings: Settings, phones: list[str], server: str) -> list[str]:
    """A caller is put through by the Asterisk that has the call."""
    from ivr.calls.transfers import ways  # noqa: PLC0415

    return [phone for phone in phones if not ways(settings.ivr.trunks, phone, server)]
