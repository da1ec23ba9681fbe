"""Networks by name."""

from __future__ import annotations

from typing import Any

import pytest

from simulators.conditions import Conditions
from simulators.networks import NETWORKS, name


def test_a_good_network_misbehaves_nowhere() -> None:
    assert NETWORKS["good"].trouble == {}


def test_all_others_misbehave_each_in_its_way() -> None:
    troubles = [conditions.trouble for known, conditions in NETWORKS.items() if known != "good"]
    assert all(troubles)
    assert len({str(one) for one in troubles}) == len(troubles)


def test_conditions_know_their_name() -> None:
    assert name(NETWORKS["hostile"]) == "hostile"
    assert name(Conditions(submit_latency=4711)) == ""


@pytest.mark.parametrize("known", [known for known in NETWORKS if known not in ("dead", "phones-off")])
def test_messages_and_receipts_get_through_all_but_a_dead_one(make_network: Any, known: str) -> None:
    network = make_network(**NETWORKS[known].model_dump())
    network.smsc.chance.seed(3)
    network.esme().bind()
    network.wait(5)
    for _ in range(8):
        network.esmes[0].sms()
        network.wait(1)
    for _ in range(8):
        network.wait(20)
    assert len(network.phone().messages) >= 5
