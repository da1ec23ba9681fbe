"""A request that is written already, but for its number: what goes out by the million is not made twice."""

from smpp.pdu import Pdu, SubmitSmResp


class Posted:
    """One request of ours as octets with the sequence number 0. Whoever posts it makes more of it.

    `response` is what answers it, besides generic_nack; `sent` and `deadline` are when it was written last and is given
    up, in seconds of the session's clock.
    """

    __slots__ = ("deadline", "octets", "sent", "sequence")

    response: type[Pdu] = SubmitSmResp

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.sequence = 0
        self.sent = self.deadline = 0.0
