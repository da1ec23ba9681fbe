"""What the scheduled jobs and the database know of each other.

`runs` begins and ends a run and keeps what it found, `wishes` is what people want of a job (run it now, pause it),
`leases` says which node leads. What runs when is no business of the domain: that is the room `scheduler`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """What one batch of a scan did: how many it wrote, and whether there may be more to find at once."""

    count: int
    more: bool
