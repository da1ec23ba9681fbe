"""What every text and every use case needs to know of the place where it runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from conf.texts.words import Language


@dataclass(frozen=True, slots=True)
class Installation:
    """Numbers and addresses told to residents.

    `region` is the ISO 3166 code by which national phone numbers are read, `public_url` has no slash at its end.
    """

    public_url: str
    service_number: str
    ussd_code: str
    hotline: str
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    language: Language = "zh"
    region: str = "CN"

    def page(self, token: str) -> str:
        """The address of a T-code's page."""
        return f"{self.public_url}/t/{token}"

    def now(self) -> dt.datetime:
        """This moment, aware, in local time: its date is the centre's day."""
        return dt.datetime.now(self.timezone)
