"""USSD over SMPP: deliver_sm indications in, submit_sm requests out.

Source: SMPP 3.4 sections 5.3.2.43 (its_session_info) and 5.3.2.44 (ussd_service_op), SMPP 5.0 4.8.4.64.
A network differs from the standard in how it names a session and in a few values; a `Dialect` holds these, a table of
dialects.toml each. `application` is our side, `network` the network's, which the simulator plays by the same tables.
"""

from smpp.ussd.application import Indication, push, pushed_key, read, reply
from smpp.ussd.dialect import DIALECTS, STANDARD, Dialect, Op
from smpp.ussd.linked import linked
from smpp.ussd.network import Request, indicate, read_request

__all__ = [
    "DIALECTS",
    "STANDARD",
    "Dialect",
    "Indication",
    "Op",
    "Request",
    "indicate",
    "linked",
    "push",
    "pushed_key",
    "read",
    "read_request",
    "reply",
]
