"""A request that is written already, but for its number: what goes out by the million is not made twice."""

from smpp.pdu import Pdu, SubmitSmResp


class Posted:
    """One request of ours as octets with the sequence number 0. Whoever posts it makes more of it.

    `response` is what answers it, besides generic_nack.
    """

    __slots__ = ("octets", "sequence")

    response: type[Pdu] = SubmitSmResp

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.sequence = 0
