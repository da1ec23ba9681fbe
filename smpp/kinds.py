"""The words that a link's settings choose among; `settings` explains them, the modules of this room act on them."""

from typing import Literal

BindMode = Literal["transceiver", "transmitter", "receiver", "pair"]
MessageIdForm = Literal["as_is", "hex_in_response", "hex_in_receipt"]
MessageClass = Literal["code", "answer", "notice", "bulk"]
"""What a message is: a one-time code; a T-code or an answer to somebody who waits; a notice; one of a broadcast."""
Alphabet = Literal["gsm7", "gsm7_packed", "latin1", "ascii"]
Encoding = Literal["gsm7", "latin1", "ucs2"]
SegmentMethod = Literal["udh8", "udh16", "sar", "payload"]
NationalLanguage = Literal[
    "turkish", "spanish", "portuguese", "bengali", "gujarati", "hindi", "kannada", "malayalam", "oriya", "punjabi",
    "tamil", "telugu", "urdu",
]  # fmt: skip
ErrorClass = Literal["throttle", "temporary", "uncertain", "permanent", "bind"]
