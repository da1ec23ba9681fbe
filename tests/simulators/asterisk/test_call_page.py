"""The telephone of the handset page in Chromium: it calls the hotline, hears prompts, presses keys, and is called."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.browser

SECONDS = 10
WELCOME = "您好，这里是社区卫生服务热线。预约请按一，我的预约请按二。"
BOOKED = "已为您预约。再见。"


class Driver:
    """A tiny driver, in a thread: it plays a welcome to every call, and after a key a goodbye."""

    def __init__(self, port: int, welcome: Path, goodbye: Path) -> None:
        self.keys: list[str] = []
        self.ended = threading.Event()
        self._prompts = [str(path.with_suffix("")) for path in (welcome, goodbye)]
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._file = self._socket.makefile("rb")
        self.say("Login", Username="caredial", Secret="caredial", Events="agi,call,dtmf")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def say(self, action: str, **headers: str) -> None:
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        self._socket.sendall("\r\n".join(lines).encode())

    def leave(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS)
        self._file.close()
        self._socket.close()

    def _listen(self) -> None:
        event: dict[str, str] = {}
        for line in self._file:
            name, _, value = line.decode().strip().partition(": ")
            if name:
                event[name] = value
            else:
                self._heard(event)
                event = {}

    def _heard(self, event: dict[str, str]) -> None:
        kind, channel = event.get("Event"), event.get("Channel", "")
        if kind == "AsyncAGIStart":
            self._play(channel, 0)
        elif kind == "DTMFEnd":
            self.keys.append(event["Digit"])
            self._play(channel, 1)
        elif kind == "AsyncAGIExec" and event["CommandId"] == "1":
            self.say("AGI", Channel=channel, Command="HANGUP", CommandID="2")
        elif kind == "Hangup":
            self.ended.set()

    def _play(self, channel: str, place: int) -> None:
        command = f'STREAM FILE {self._prompts[place]} "0123456789*#"'
        self.say("AGI", Channel=channel, Command=command, CommandID=str(place))


class Telephone:
    """The page and what one does on it."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        browser.get(address)
        self.find('[data-language="zh"]').click()

    def find(self, css: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def await_(self, seen: Callable[[], object]) -> None:
        WebDriverWait(self.browser, SECONDS, 0.05).until(lambda _: seen())

    def shows(self, *words: str) -> None:
        self.await_(lambda: all(word in self.find("#view").text for word in words))

    def tells(self, words: str) -> None:
        """What a screen reader is told."""
        self.await_(lambda: self.find("#told").get_attribute("textContent") == words)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.find(f'[data-key="{key}"]').click()

    def keyboard(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()


def wav(seconds: float, text: str) -> bytes:
    frames = int(seconds * 8000)
    comment = text.encode() + b"\0" * (2 - len(text.encode()) % 2)
    form = struct.pack("<4sLHHLLHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    info = struct.pack("<4sL4s4sL", b"LIST", 12 + len(comment), b"INFO", b"ICMT", len(comment)) + comment
    body = b"WAVE" + form + info + struct.pack("<4sL", b"data", frames * 2) + bytes(frames * 2)
    return struct.pack("<4sL", b"RIFF", len(body)) + body


@pytest.fixture
def simulator(start: Any) -> Any:
    return start("--manager-port", "0")


@pytest.fixture
def driver(simulator: Any, tmp_path: Path) -> Iterator[Driver]:
    welcome, goodbye = tmp_path / "welcome.wav", tmp_path / "goodbye.wav"
    welcome.write_bytes(wav(20, WELCOME))
    goodbye.write_bytes(wav(0.6, BOOKED))
    driver = Driver(simulator.manager_port, welcome, goodbye)
    yield driver
    driver.leave()


@pytest.fixture
def telephone(browser: webdriver.Chrome, simulator: Any) -> Iterator[Telephone]:
    yield Telephone(browser, simulator.page)
    assert [line["message"] for line in browser.get_log("browser")] == []


def test_calling_the_hotline(driver: Driver, telephone: Telephone) -> None:
    telephone.press(*"12580", "call")
    telephone.shows("12580", "您好")
    telephone.tells(WELCOME)
    telephone.await_(lambda: telephone.find(".state").text >= "00:01")
    telephone.press("1")
    telephone.tells(BOOKED)
    telephone.await_(lambda: telephone.find(".pressed").text == "1")
    telephone.shows("对方已挂断")
    assert driver.keys == ["1"]
    telephone.find("#right").click()
    telephone.shows("拨 *120# 开始")


def test_the_prompt_is_heard(driver: Driver, telephone: Telephone, simulator: Any) -> None:
    telephone.press(*"12580", "call")
    telephone.tells(WELCOME)
    sound = simulator.get("api/phones/15400000001")["call"]["saying"]["sound"]
    script = "return performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)"
    telephone.await_(lambda: sound in telephone.browser.execute_script(script))
    length = telephone.browser.execute_async_script(
        "const [sound, done] = arguments; const audio = new Audio(sound);"
        "audio.onloadedmetadata = () => done(audio.duration)",
        sound,
    )
    assert length == 20
    telephone.press("end")
    telephone.shows("通话已结束")
    assert driver.ended.wait(SECONDS)


def test_the_keyboard_is_enough_and_escape_hangs_up(driver: Driver, telephone: Telephone) -> None:
    telephone.keyboard("12580", Keys.ENTER)
    telephone.shows("12580", "您好")
    telephone.keyboard("2")
    telephone.tells(BOOKED)
    telephone.keyboard(Keys.ESCAPE)
    telephone.shows("通话已结束")
    assert driver.keys == ["2"]


def test_being_called(driver: Driver, telephone: Telephone) -> None:
    call = {"Channel": "PJSIP/15400000001@trunk", "Application": "AGI", "Data": "agi:async", "CallerID": "<12580>"}
    driver.say("Originate", Async="true", **call)
    telephone.shows("来电", "12580")
    telephone.tells("来电 12580")
    telephone.find("#right").click()
    telephone.shows("通话已结束")
    driver.say("Originate", Async="true", **call)
    telephone.shows("来电")
    telephone.press("call")
    telephone.shows("您好")


def test_both_languages(driver: Driver, telephone: Telephone) -> None:
    telephone.find('[data-language="en"]').click()
    telephone.find('[data-chip="hotline"]').click()
    telephone.press("call")
    telephone.shows("12580", "您好")
    assert telephone.find("#right").text == "Hang up"
    telephone.find("#right").click()
    telephone.shows("Call ended")


def test_a_page_with_a_telephone_only(browser: webdriver.Chrome, start: Any) -> None:
    simulator = start("--hotline", "96000", command="asterisk")
    telephone = Telephone(browser, simulator.page)
    telephone.shows("拨 96000 打热线")
    assert telephone.find("#status").text == "网关未接入网络"
    assert [one.text for one in browser.find_elements(By.TAG_NAME, "h1") if one.is_displayed()] == [
        "拿起电话，打一次热线"
    ]
    assert not telephone.find("#trouble").is_displayed()
