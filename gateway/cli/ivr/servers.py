"""Asterisks by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.problems import Mistake

if TYPE_CHECKING:
    from gateway.config import Settings


def servers_of(settings: Settings, only: str = "") -> list[str]:
    """The names of all Asterisks, or this one; Mistake where there is none."""
    servers = settings.ivr.servers
    if not servers:
        raise Mistake("there is no hotline here: the settings have no [ivr.servers.NAME]")
    if only and only not in servers:
        raise Mistake(f"there is no server {only}; there are: {', '.join(servers)}")
    return [only] if only else list(servers)
