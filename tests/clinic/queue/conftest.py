"""The small clinic with its queue at work."""

from __future__ import annotations

from tests.clinic.visit_notices.conftest import Notices, notices

__all__ = ["Notices", "notices"]
