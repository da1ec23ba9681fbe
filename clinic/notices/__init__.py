"""Notices that come by themselves: who is told of a resident, when it is time, and what a phone may answer.

A notice belongs to the service that somebody uses, so a refusal of broadcasts does not touch it; it is never sent in
quiet hours. What it is about are `clinic.children`, `clinic.care` and `clinic.visit_notices`.
"""

from __future__ import annotations

from clinic.notices.people import Reached, reached
from clinic.notices.questions import Asked, ask
from clinic.notices.telling import Telling, Times, notify, times

__all__ = ["Asked", "Reached", "Telling", "Times", "ask", "notify", "reached", "times"]
