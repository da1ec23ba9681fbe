"""Those who take medicines are the people who are followed up."""

from __future__ import annotations

from tests.clinic.care.conftest import care

__all__ = ["care"]
