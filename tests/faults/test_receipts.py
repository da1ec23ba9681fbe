"""Receipts as networks write them: in every way that is known a message comes to its end."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from simulators.conditions import IdForm
from simulators.dialects import Dialect

FORMS = {"hex": "hex_in_response", "hex-lower": "hex_in_response"}


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_every_dialect(make_city: Any, dialect: str) -> None:
    city = make_city()
    city.network(receipt_dialect=dialect, receipt_delay=1)
    city.start().wait(2)
    city.tell(4)
    city.wait(30)
    assert city.states == {"delivered": 4}


@pytest.mark.parametrize("dialect", get_args(Dialect))
def test_every_dialect_of_a_failure(make_city: Any, dialect: str) -> None:
    city = make_city()
    city.network(receipt_dialect=dialect, receipt_delay=1, submit_fail=1)
    city.start().wait(2)
    city.tell(4)
    city.wait(30)
    assert city.states == {"failed": 4}


@pytest.mark.parametrize("ids", get_args(IdForm))
def test_every_way_to_write_ids_in_answers(make_city: Any, ids: str) -> None:
    city = make_city(main={"message_id_form": FORMS.get(ids, "as_is")})
    city.network(submit_ids=ids, receipt_dialect="text-only", receipt_delay=1)
    city.start().wait(2)
    city.tell(20)
    city.wait(30)
    assert city.states == {"delivered": 20}


def test_a_receipt_after_a_restart(make_city: Any) -> None:
    city = make_city()
    city.network(receipt_delay=60)
    city.start().wait(2)
    city.tell(4)
    city.wait(10)
    city.crash()
    city.wait(120)
    assert city.states == {"delivered": 4}
