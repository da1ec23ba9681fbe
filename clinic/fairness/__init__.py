"""What keeps booking fair: limits, blocks and how they come about, what looks like trading with places."""

from __future__ import annotations
