"""What the queue refuses, in words for staff."""

from __future__ import annotations


class NotInQueue(Exception):
    """There is no such clinic session today, or no such visit that this can be done with; the words say which."""
