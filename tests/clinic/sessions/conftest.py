"""What tests of clinic sessions work with: the small clinic and its notices."""

from __future__ import annotations

from tests.clinic.visit_notices.conftest import notices

__all__ = ["notices"]
