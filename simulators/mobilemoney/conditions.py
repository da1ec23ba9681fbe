"""How badly the platform behaves. Everything is off by default and may be changed while it runs."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86400)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AnswerTrouble(_Group):
    """Answers: what comes back to a request, and when."""

    answer_lost: Share = Field(default=0, description="Share of requests for money that are worked on, unanswered.")
    answer_unheard: Share = Field(default=0, description="Share of requests for money that get lost on their way here.")
    answer_seconds: Seconds = Field(default=0, description="Seconds before anything is answered.")
    answer_last: bool = Field(default=False, description="Answer a request for money only after its callback.")
    answer_unavailable: Share = Field(default=0, description="Share of requests that are refused with 503.")
    answer_broken: Share = Field(default=0, description="Share of requests for money worked on, and answered with 500.")
    answer_junk: Share = Field(default=0, description="Share of answers that are no JSON.")
    answer_duplicates: Literal["first", "refused"] = Field(
        default="first", description="A correlation id that was here before: as the first time, or as duplicateRequest."
    )
    answer_responses: Literal["final", "always"] = Field(
        default="final", description="GET /responses knows only what is finished (404 before), or always something."
    )


class CallbackTrouble(_Group):
    """Callbacks: the platform's own requests."""

    callback_times: Annotated[int, Field(ge=0, le=5)] = Field(default=1, description="How often each is sent, 0 never.")
    callback_seconds: Seconds = Field(default=0, description="Seconds from the end of a payment to its callback.")
    callback_wrong: Share = Field(default=0, description="Share of callbacks that tell another amount than was paid.")
    callback_bare: bool = Field(default=False, description="Tell no amount in callbacks, as MVola.")


class PaymentTrouble(_Group):
    """Payments: the resident at their phone, and the platform's books."""

    pay_seconds: Seconds = Field(default=3, description="Seconds until a resident enters the PIN.")
    pay_manner: Literal["confirms", "declines", "silent"] = Field(
        default="confirms", description="What residents do when they are asked for the PIN."
    )
    pay_expiry: Seconds = Field(default=120, description="Seconds after which an unanswered request has failed.")
    pay_wrong: Share = Field(default=0, description="Share of payments that take another amount than was asked for.")
    pay_refund_fails: Share = Field(default=0, description="Share of refunds that fail in the end.")


class LimitTrouble(_Group):
    """Limits: how often, and how long."""

    limit_polls: Annotated[int, Field(ge=1, le=10_000)] = Field(default=100, description="Polls of a request's state.")
    limit_token: Annotated[int, Field(ge=1, le=86_400)] = Field(default=3600, description="Seconds of a token.")


class Conditions(AnswerTrouble, CallbackTrouble, PaymentTrouble, LimitTrouble):
    """All of it."""

    def changed(self, values: dict[str, Any]) -> Conditions:
        """These conditions with other values; raises ValidationError."""
        return Conditions.model_validate({**self.model_dump(), **values})


GROUPS: Final = (AnswerTrouble, CallbackTrouble, PaymentTrouble, LimitTrouble)
