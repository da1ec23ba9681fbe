"""A hospital's system beside the small clinic."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clinic.hospital.counterpart import His, patient


@pytest.fixture
def his(clinic: Any) -> His:
    return His(clinic)


@pytest.fixture
def known(his: His) -> str:
    """A patient whom the hospital has put: the reference to them."""
    return f"Patient/{his.post(patient())['id']}"
