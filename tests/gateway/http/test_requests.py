from __future__ import annotations

import pytest
from twisted.internet.address import IPv4Address
from twisted.web.test.requesthelper import DummyRequest

from gateway.http.requests import address, from_inside, masked


def request(peer: str, *forwarded: str) -> DummyRequest:
    made = DummyRequest([b""])
    made.client = IPv4Address("TCP", peer, 40000)
    if forwarded:
        made.requestHeaders.setRawHeaders("x-forwarded-for", list(forwarded))
    return made


@pytest.mark.parametrize(
    ("uri", "kept"),
    [
        ("/t/abc", "/t/***"),
        ("/t/abc.png?x=1", "/t/***.png"),
        ("/kiosk?lang=en", "/kiosk"),
        ("/a/t/abc/def", "/a/t/***/def"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_addresses_are_masked_for_the_log(uri: str, kept: str) -> None:
    assert masked(uri) == kept


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "here"),
    [
        ("8.8.8.8", [], [], "8.8.8.8"),
        ("8.8.8.8", ["1.1.1.1"], [], "8.8.8.8"),
        ("127.0.0.1", [], ["127.0.0.1"], "127.0.0.1"),
        ("127.0.0.1", ["1.1.1.1"], ["127.0.0.1"], "1.1.1.1"),
        ("127.0.0.1", ["6.6.6.6, 1.1.1.1"], ["127.0.0.1"], "1.1.1.1"),
        ("127.0.0.1", ["6.6.6.6", "1.1.1.1, 10.0.0.2"], ["127.0.0.1", "10.0.0.2"], "1.1.1.1"),
        ("127.0.0.1", [" , "], ["127.0.0.1"], "127.0.0.1"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: list[str], proxies: list[str], here: str) -> None:
    assert address(request(peer, *forwarded), proxies) == here


def test_inside_is_this_machine_and_private_networks() -> None:
    assert from_inside(request("192.168.1.1"))
    assert not from_inside(request("8.8.8.8"))
    assert not from_inside(request("192.168.1.1", "8.8.8.8"))
    assert not from_inside(request(""))
