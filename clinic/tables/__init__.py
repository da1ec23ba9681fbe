"""The tables. Rows never leave a use case: what comes out are the frozen views of `clinic.views`.

Times are stored as UTC and come back aware; a clinic session's day and hours are local to the installation.
States use the words of HL7 FHIR R4 where it has them (Appointment.status: booked, arrived, cancelled, noshow).
"""

from __future__ import annotations

from clinic.tables.base import Base, Channel, Id, Instant
from clinic.tables.broadcasts import Audience, Broadcast, BroadcastState, PhoneList, PhoneListEntry, SmsUsage
from clinic.tables.clients import Client, ClientBatch, ClientMessage, Push
from clinic.tables.messages import (
    NOT_COME,
    OF_BROADCAST,
    SENDING,
    TO_CALL,
    WAITS,
    Call,
    Inbound,
    InboundPart,
    Message,
    MessagePart,
    MessageState,
    Receipt,
)
from clinic.tables.people import (
    Consent,
    ConsentClass,
    Immunization,
    RelatedPerson,
    Resident,
    ResidentTag,
    Subscriber,
)
from clinic.tables.places import Centre, ClinicSession, Department, Practitioner
from clinic.tables.staff import Roster, Staff, StaffNotice, StaffNoticeRecipient
from clinic.tables.trail import Audit
from clinic.tables.visits import Alarm, HomeVisit, Kiosk, Visit, Voucher

__all__ = [
    "NOT_COME",
    "OF_BROADCAST",
    "SENDING",
    "TO_CALL",
    "WAITS",
    "Alarm",
    "Audience",
    "Audit",
    "Base",
    "Broadcast",
    "BroadcastState",
    "Call",
    "Centre",
    "Channel",
    "Client",
    "ClientBatch",
    "ClientMessage",
    "ClinicSession",
    "Consent",
    "ConsentClass",
    "Department",
    "HomeVisit",
    "Id",
    "Immunization",
    "Inbound",
    "InboundPart",
    "Instant",
    "Kiosk",
    "Message",
    "MessagePart",
    "MessageState",
    "PhoneList",
    "PhoneListEntry",
    "Practitioner",
    "Push",
    "Receipt",
    "RelatedPerson",
    "Resident",
    "ResidentTag",
    "Roster",
    "SmsUsage",
    "Staff",
    "StaffNotice",
    "StaffNoticeRecipient",
    "Subscriber",
    "Visit",
    "Voucher",
]
