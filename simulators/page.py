"""The handset page: one HTML file with its texts and settings embedded as JSON, its style sheet and scripts."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from conf import texts
from simulators.forms import groups
from simulators.networks import NETWORKS
from simulators.smsc import Service

STATIC: Final = Path(__file__).parent / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page: its media type and its octets."""

    kind: str
    octets: bytes


def assets() -> dict[str, Asset]:
    """Read every file beside the page, by name."""
    return {path.name: _asset(path) for path in STATIC.iterdir() if path.suffix != ".html"}


def page(service: Service, *, own_number: str, kiosk_url: str, hotline: str = "", only_calls: bool = False) -> bytes:
    """Return the page for a service; an empty `kiosk_url` or `hotline` leaves out what belongs to it.

    With `only_calls` all but the telephone is left out.
    """
    settings = {
        "texts": {language: _texts(language, service, hotline) for language in texts.LANGUAGES},
        "ussd_code": service.ussd_code,
        "service_number": service.number,
        "number": own_number,
        "kiosk_url": kiosk_url,
        "hotline": hotline,
        "only_calls": only_calls,
        "networks": list(NETWORKS),
        "conditions": [asdict(group) for group in groups()],
    }
    # Within <script> only "<" could end the block or begin a comment.
    block = json.dumps(settings, ensure_ascii=False).replace("<", "\\u003c")
    html = (STATIC / "handset.html").read_text(encoding="utf-8")
    return html.replace("{{settings}}", block).encode()


def _texts(language: texts.Language, service: Service, hotline: str) -> dict[str, str]:
    """All texts of the page, by the attribute of `handset` in conf/texts/handset.*.ftl."""
    keys = [key for key in texts.keys(language) if key.startswith("handset.")]
    words = {"code": service.ussd_code, "number": service.number, "hotline": hotline}
    return {key.partition(".")[2]: texts.say(language, key, **words) for key in keys}


def _asset(path: Path) -> Asset:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    # Module scripts are refused by browsers under any other type; some systems' tables say otherwise.
    known = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
    return Asset(known.get(path.suffix, kind), path.read_bytes())
