"""Links by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from gateway.config import Settings
    from smpp.settings import LinkSettings


def link_of(settings: Settings, name: str) -> LinkSettings:
    """The settings of the link with this name; Mistake where there is none."""
    if name not in settings.smpp.links:
        raise Mistake(f"there is no link {name}; there are: {', '.join(settings.smpp.links) or 'none'}")
    return settings.smpp.links[name]
