"""Settings of the scheduled jobs."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class JobSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    lease_seconds: float = Field(
        30.0,
        ge=2,
        le=600,
        description="Seconds after which another node runs the jobs when the one that led was killed or cut off.",
    )
    look_seconds: float = Field(
        1.0, ge=0.1, le=60, description="Seconds between looks for a run that somebody asks for (`caredial jobs run`)."
    )
