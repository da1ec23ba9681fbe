"""Settings that keep booking fair; the fields of `clinic.rules.BookingRules`."""

from __future__ import annotations

from pydantic import Field

from gateway.message_settings import Table


class BookingSettings(Table):
    person_day: int = Field(2, ge=0, le=20, description="Most visits of one person on one day; 0: no limit.")
    person: int = Field(6, ge=0, le=100, description="Most visits of one person that are still to come; 0: no limit.")
    person_department: int = Field(
        3, ge=0, le=50, description="Most visits of one person in one department that are still to come; 0: no limit."
    )
    phone: int = Field(
        12, ge=0, le=200, description="Most visits booked by one phone that are still to come; 0: no limit."
    )
    phone_day: int = Field(
        12, ge=0, le=200, description="Most visits that a phone may book within a day, given up or not; 0: no limit."
    )
    hold_minutes: int = Field(
        15, ge=2, le=1440, description="Minutes for which a booking that is to be paid holds its place."
    )
    drawn_hours: int = Field(12, ge=1, le=72, description="Hours for which a place that was drawn waits to be paid.")
    offer_minutes: int = Field(
        15, ge=1, le=1440, description="Minutes after which a place that came back is told to the next who wait."
    )
    offer_at_once: int = Field(
        3, ge=1, le=50, description="How many of those who wait are told at a time of a place that came back."
    )
    late_minutes: int = Field(
        30, ge=0, le=240, description="Minutes by which somebody may come late and keep their queue number."
    )
    roster_days: int = Field(
        28, ge=1, le=366, description="Days ahead for which clinic sessions are made from the weekly roster."
    )
    identities: int = Field(
        5, ge=1, le=100, description="People for whom a phone may book in a month before it is shown to staff."
    )
    identity_phones: int = Field(
        5, ge=1, le=100, description="Phones that may book for one person in a month before the next is shown to staff."
    )
    grabs: int = Field(
        5,
        ge=2,
        le=100,
        description="Places of full sessions that a phone may give up, and the same few take within minutes, in a "
        "month before it is shown to staff.",
    )
    code_minutes: int = Field(5, ge=1, le=60, description="Minutes for which a code that proves a phone is good.")
    code_seconds: int = Field(
        60, ge=0, le=3600, description="Seconds after which such a code can be sent again at the earliest."
    )
    code_wrong: int = Field(5, ge=1, le=20, description="Wrong tries after which such a code is void.")
    code_day: int = Field(10, ge=1, le=100, description="Most such codes that a phone gets within a day.")
