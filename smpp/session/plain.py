"""Plain answers, many at a time: submit_sm_resp with status 0 and nothing but a message_id.

They come by the million, in runs. Whatever is not wholly plain ends a run and is left to the codec, which gives the
same for what both take.
"""

from typing import Final

from smpp.pdu import SubmitSmResp
from smpp.pdu.base import HEADER
from smpp.session.posted import Posted
from smpp.session.window import Window

_ANSWER: Final = SubmitSmResp.command_id
_BODY: Final = HEADER.size
_SHORTEST: Final = _BODY + 1  # an empty message_id and its NUL
_LONGEST: Final = _BODY + 65
_read_header = HEADER.unpack_from


def taken(data: bytes, start: int, window: Window) -> tuple[list[tuple[Posted, str]], int]:
    """Take from `window` what the plain answers at `start` answer; return that with the message_ids, and their end."""
    answers: list[tuple[Posted, str]] = []
    last = len(data) - _SHORTEST
    while start <= last:
        length, command_id, command_status, sequence = _read_header(data, start)
        if command_id != _ANSWER or command_status:
            break
        body, end = start + _BODY, start + length
        if not _SHORTEST <= length <= _LONGEST or data.find(b"\0", body, end) != end - 1:
            break
        posted = window.take_posted(sequence, SubmitSmResp)
        if posted is None:
            break
        answers.append((posted, data[body : end - 1].decode("latin-1")))
        start = end
    return answers, start
