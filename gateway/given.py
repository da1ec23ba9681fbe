"""What the rooms below are told of the settings. Light to import: every command of the command line does."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from clinic.broadcasts.views import LinkShape
from clinic.installation import Installation
from clinic.rules import BookingRules, CareRules, Contract, NoticeRules, Provider, Rules

if TYPE_CHECKING:
    from gateway.config import Settings


def installation_of(settings: Settings) -> Installation:
    """What texts and use cases need to know of these settings."""
    place = settings.installation
    return Installation(
        public_url=place.public_url,
        service_number=place.service_number,
        ussd_code=place.ussd_code,
        hotline=place.hotline,
        timezone=place.timezone,
        language=place.language,
        region=place.region,
    )


def rules_of(settings: Settings) -> Rules:
    """What an installation has decided about messages to many and notices."""
    told, price, care = settings.broadcasts, settings.contract, settings.care
    return Rules(
        quiet_from=told.quiet_from,
        quiet_until=told.quiet_until,
        daily_limit=told.daily_limit,
        approve_above=told.approve_above,
        lifetime=dt.timedelta(hours=told.lifetime_hours),
        needs_consent=told.needs_consent,
        contract=Contract(**price.model_dump()),
        notices=NoticeRules(**settings.notices.model_dump()),
        booking=BookingRules(**settings.booking.model_dump()),
        providers=tuple(
            Provider(name, one.prefixes, one.currencies)
            for name, one in settings.payments.providers.items()
            if one.in_use
        ),
        care=CareRules(
            duty=settings.ivr.emergency,
            meters={name: meter.format for name, meter in care.meters.items()},
            **care.model_dump(exclude={"meters"}),
        ),
    )


def shapes_of(settings: Settings) -> tuple[LinkShape, ...]:
    """The links that broadcasts may go over."""
    only = settings.sms.link
    return tuple(LinkShape(name, link) for name, link in settings.smpp.links.items() if only in ("", name))
