"""Notices about visits: before them, in the queue, when their session is stopped or moved, and after them.

A visit carries the moment at which its notices are to be looked at next (`Visit.look_at`), so a scan touches what is
due and nothing else; once nothing is left to tell, it is in no index any more. What is told goes to the phone that
booked, in the language in which it booked, at most once for each occasion, and not in quiet hours.
"""

from __future__ import annotations

from clinic.visit_notices.looking import scan

__all__ = ["scan"]
