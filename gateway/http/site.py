"""The web side put together: every route, every collaborator by argument.

    /                  start page                    /kiosk        the kiosk's page
    /t/TOKEN[.png]     a T-code's page and picture   /api/kiosk/…  the kiosks' API
    /health, /metrics  for operators                 /static/…     style sheets and scripts
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from klein import Klein
from klein.resource import KleinResource
from prometheus_client import REGISTRY, CollectorRegistry
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource
from werkzeug.exceptions import HTTPException

from clinic.installation import Installation
from dialogs.talk import Runs
from gateway.http.answers import html_body
from gateway.http.assets import Assets
from gateway.http.guesses import Guesses
from gateway.http.health import Check, Health
from gateway.http.kiosk_api import KioskApi
from gateway.http.kiosk_page import KioskPage
from gateway.http.pages import language_of, other, render
from gateway.http.ports import Aside, Limits
from gateway.http.requests import CareSite
from gateway.http.slips import SlipPrinter
from gateway.http.start_page import StartPage
from gateway.http.voucher_page import VoucherPage
from tcode.keyring import Keyring

IDLE_SECONDS = 60
