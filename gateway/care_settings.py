"""Settings of the follow-up of chronic disease; the fields of `clinic.rules.CareRules`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from clinic.care.reading.meter import meter_text
from gateway.message_settings import Table

FormatName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class MeterSettings(Table):
    format: str = Field(
        "BP:{systolic}/{diastolic},P:{pulse},T:{time:%y%m%d%H%M},ID:{serial}",
        min_length=3,
        max_length=200,
        description="What such a meter writes: docs/care.md tells of {systolic}, {diastolic}, {pulse}, {glucose},"
        " {time}, {serial}.",
    )

    @field_validator("format")
    @classmethod
    def _can_be_read(cls, written: str) -> str:
        meter_text(written)  # BadTemplate is a ValueError, and says what to change
        return written


class CareSettings(Table):
    escalate_minutes: int = Field(
        15, ge=1, le=24 * 60, description="Minutes after which an emergency that nobody has seen to is told again."
    )
    escalate_times: int = Field(3, ge=0, le=20, description="How often it is told again.")
    silent_days: int = Field(
        60, ge=1, le=3650, description="Days without a reading after which somebody stands on the high-risk list."
    )
    meters: dict[FormatName, MeterSettings] = Field(
        default_factory=dict, description="Formats of meters with a SIM card, by their names."
    )
