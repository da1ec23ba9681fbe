"""What the scheduled jobs are given, by the daemon and by `caredial jobs run` alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.given import installation_of, rules_of, shapes_of
from gateway.keys import open_vault
from gateway.verifiers import Aside, asks_of, here
from scheduler.given import Given

if TYPE_CHECKING:
    from dialogs.talk import Runs
    from gateway.config import Settings


def given_of(settings: Settings, store: Runs, aside: Aside = here) -> Given:
    """The collaborators of jobs. A new one is a field of Given and a line here; scans get it by its name.

    `aside` runs what blocks. Raises ConfigError where the settings name a register that is not installed.
    """
    house = installation_of(settings)
    links, vault = shapes_of(settings), open_vault(settings)
    return Given(
        store, house, rules_of(settings), house.now, links=links, vault=vault, verifier=asks_of(settings, vault, aside)
    )
