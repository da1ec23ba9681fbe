"""The settings of menus on a phone's screen: the table `[ussd]`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class MenuSettings(BaseModel):
    """Times, and how much is borne. What a link's screens hold is a setting of the link (`smpp.settings`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    resume_minutes: int = Field(10, ge=1, le=1440, description="Minutes for which a dropped conversation can go on.")
    subscriber_seconds: float = Field(
        180, gt=0, le=3600, description="Seconds of a subscriber's silence after which a session is dropped."
    )
    answer_seconds: float = Field(
        10, gt=0, le=120, description="Seconds we take for an answer before we ask for patience and end the session."
    )
    sessions: int = Field(10_000, ge=1, description="Most USSD sessions open at a time; more are asked to dial later.")
    busy_seconds: float = Field(
        3,
        gt=0,
        le=60,
        description="Seconds that a question may wait for the database; where it is half of that, fewer talk with us at"
        " a time.",
    )
    wrong_answers: int = Field(
        3, ge=1, le=20, description="Wrong answers in a row after which a conversation ends politely."
    )
    sms_segments: int = Field(2, ge=1, le=5, description="Most segments of a menu that is sent by SMS.")
    replies: int = Field(
        30,
        ge=1,
        description="Most replies by SMS to one phone within reply_seconds: a robot may answer at the other end.",
    )
    reply_seconds: int = Field(3600, ge=60, le=86_400, description="Seconds in which replies by SMS are counted.")
