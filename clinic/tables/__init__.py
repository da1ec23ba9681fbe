"""The tables. Rows never leave a use case: what comes out are the frozen views of `clinic.views`.

Times are stored as UTC and come back aware; a clinic session's day and hours are local to the installation.
States use the words of HL7 FHIR R4 where it has them (Appointment.status: booked, arrived, cancelled, noshow).
"""

from __future__ import annotations

from clinic.tables.base import Base, Channel, Id, Instant
from clinic.tables.broadcasts import Audience, Broadcast, BroadcastState, PhoneList, PhoneListEntry, SmsUsage
from clinic.tables.care import (
    CareAlert,
    CarePlan,
    CareVisit,
    Condition,
    FamilyCopy,
    Medication,
    MedicationIntake,
    Meter,
    Reading,
    ReadingKind,
    ReadingSource,
)
from clinic.tables.children import ChildFile, Contraindication, Residence, ScheduleSeen, Standing, VaccineReminder
from clinic.tables.clients import Client, ClientBatch, ClientMessage, Push
from clinic.tables.fairness import AbsenceRule, Block, CancelRule, ScalperSign
from clinic.tables.jobs import STORED_JOBS, Job, Lease
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
from clinic.tables.money import (
    AccountPhone,
    LedgerAccount,
    LedgerEntry,
    Payment,
    Posting,
    Settlement,
    SettlementDifference,
    Statement,
)
from clinic.tables.people import (
    Consent,
    ConsentClass,
    Immunization,
    OneTimeCode,
    RelatedPerson,
    Resident,
    ResidentTag,
    Subscriber,
)
from clinic.tables.places import Centre, ClinicSession, Department, Practitioner, SessionTemplate
from clinic.tables.questions import Question, Satisfaction
from clinic.tables.shares import Draw, DrawEntry, PlaceOffer, SessionShare, WaitEntry
from clinic.tables.staff import Roster, Staff, StaffNotice, StaffNoticeRecipient
from clinic.tables.trail import Audit
from clinic.tables.visits import Alarm, HomeVisit, Kiosk, QueuePace, Visit, Voucher

__all__ = [
    "NOT_COME",
    "OF_BROADCAST",
    "SENDING",
    "STORED_JOBS",
    "TO_CALL",
    "WAITS",
    "AbsenceRule",
    "AccountPhone",
    "Alarm",
    "Audience",
    "Audit",
    "Base",
    "Block",
    "Broadcast",
    "BroadcastState",
    "Call",
    "CancelRule",
    "CareAlert",
    "CarePlan",
    "CareVisit",
    "Centre",
    "Channel",
    "ChildFile",
    "Client",
    "ClientBatch",
    "ClientMessage",
    "ClinicSession",
    "Condition",
    "Consent",
    "ConsentClass",
    "Contraindication",
    "Department",
    "Draw",
    "DrawEntry",
    "FamilyCopy",
    "HomeVisit",
    "Id",
    "Immunization",
    "Inbound",
    "InboundPart",
    "Instant",
    "Job",
    "Kiosk",
    "Lease",
    "LedgerAccount",
    "LedgerEntry",
    "Medication",
    "MedicationIntake",
    "Message",
    "MessagePart",
    "MessageState",
    "Meter",
    "OneTimeCode",
    "Payment",
    "PhoneList",
    "PhoneListEntry",
    "PlaceOffer",
    "Posting",
    "Practitioner",
    "Push",
    "Question",
    "QueuePace",
    "Reading",
    "ReadingKind",
    "ReadingSource",
    "Receipt",
    "RelatedPerson",
    "Residence",
    "Resident",
    "ResidentTag",
    "Roster",
    "Satisfaction",
    "ScalperSign",
    "ScheduleSeen",
    "SessionShare",
    "SessionTemplate",
    "Settlement",
    "SettlementDifference",
    "SmsUsage",
    "Staff",
    "StaffNotice",
    "StaffNoticeRecipient",
    "Standing",
    "Statement",
    "Subscriber",
    "VaccineReminder",
    "Visit",
    "Voucher",
    "WaitEntry",
]
