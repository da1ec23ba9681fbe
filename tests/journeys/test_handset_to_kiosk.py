"""What a newcomer does after `make run`: dial on the handset page, read the SMS, open its link, use the kiosk page.

The built-in simulator plays the network here, and a real browser plays the newcomer.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = [pytest.mark.journey, pytest.mark.browser]

CAREDIAL = [sys.executable, "-m", "gateway.cli"]
PATIENCE = 30


def free_ports(many: int) -> list[int]:
    probes = [socket.socket() for _ in range(many)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Tried:
    """CareDial as `make run` starts it, and the browser before it."""

    def __init__(self, folder: Path, browser: Any) -> None:
        self.http, self.smpp, self.manager, self.handset = free_ports(4)
        self.config, self.browser = folder / "caredial.toml", browser
        self._log = folder / "log"
        ports = {"--http-port": self.http, "--smpp-port": self.smpp, "--manager-port": self.manager}
        self.cli("init", "--sample", *(str(word) for port in ports.items() for word in port))
        printed = self.cli("kiosk", "enrol", "--centre", "NH", "--name", "大厅")
        self.kiosk = re.sub(r"\s", "", re.findall(r"http\S+#\S+", printed)[0])
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*CAREDIAL, "run", "--config", self.config, "--with-simulator", "--handset-port", str(self.handset)],
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + PATIENCE
        while not re.search(r"ready: .*", self._log.read_text()) or "bound as" not in self._log.read_text():
            assert time.monotonic() < until, self._log.read_text()
            time.sleep(0.1)

    def cli(self, *arguments: str) -> str:
        command = [*CAREDIAL, *arguments, "--config", str(self.config)]
        environment = {**os.environ, "COLUMNS": "200"}
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, env=environment).stdout

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def element(self, selector: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def until(self, selector: str, words: str) -> str:
        """Wait until the element shows these words; all that it shows then."""
        wait = WebDriverWait(self.browser, PATIENCE)
        try:
            wait.until(lambda _: words in self.element(selector).text)
        except TimeoutException:
            shown = self.element(selector).text
            pytest.fail(f"{words!r} is not in {selector}, which shows: {shown}\n{self._log.read_text()}")
        return str(self.element(selector).text)

    def press(self, *keys: str) -> None:
        """Type as on a keyboard, wherever the page has put the focus."""
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def answer(self, number: str, then: str) -> None:
        """Answer the menu on the phone's screen and wait for what follows."""
        self.press(*number, Keys.ENTER)
        self.until("#view", then)

    def outcome(self) -> str:
        """What the kiosk says of the code."""
        body = self.element("body")
        WebDriverWait(self.browser, PATIENCE).until(lambda _: body.get_attribute("data-view") == "outcome")
        return str(body.get_attribute("data-outcome"))

    def picture(self, name: str) -> None:
        """Kept for docs/pictures when CAREDIAL_PICTURES names a folder."""
        if os.environ.get("CAREDIAL_PICTURES"):
            self.browser.save_screenshot(str(Path(os.environ["CAREDIAL_PICTURES"]) / f"{name}.png"))


@pytest.fixture
def tried(tmp_path: Path, browser: Any) -> Iterator[Tried]:
    tried = Tried(tmp_path, browser)
    yield tried
    assert tried.stop() == 0


def test_the_way_of_a_newcomer(tried: Tried) -> None:
    tried.browser.get(f"http://127.0.0.1:{tried.handset}/")
    tried.element("button[data-language=zh]").click()
    tried.until("#status", "已接入")
    tried.press(*"*120#", Keys.ENTER)
    tried.until("#view", "预约看病")
    tried.answer("1", "选择中心")
    tried.answer("1", "选择科室")
    urgent = re.search(r"(\d+)\.急诊", tried.element("#view").text)  # open round the clock, so today at any hour
    assert urgent
    tried.answer(urgent[1], "选择日期")
    tried.answer("1", "选择时段")
    tried.answer("1", "为谁预约")
    tried.answer("1", "确认预约")
    tried.picture("handset")
    tried.press("1", Keys.ENTER)
    booked = tried.until("#view", "预约成功")
    queue = re.search(r"第(\d+)号", booked)
    assert queue

    tried.press(Keys.ESCAPE)
    tried.until("#left", "读取")
    tried.element("#left").click()
    tried.until("#view", "预约成功")
    tried.press(Keys.ENTER)
    tried.until("#view", "扫码取号")
    number = re.search(r"\d{4} \d{4} \d{4}", tried.element("#view").text)
    assert number
    link = tried.element("#view a").get_attribute("href")
    tried.picture("handset-sms")

    tried.browser.get(link)
    assert number[0] in tried.until("main", queue[1])
    tried.picture("t-code")

    tried.browser.get(tried.kiosk)
    tried.until("#centre", "南河")
    tried.picture("kiosk")
    tried.press(*number[0].replace(" ", ""), Keys.ENTER)
    assert tried.outcome() == "genuine"
    assert tried.element("#queue").text == queue[1]
    tried.picture("kiosk-genuine")

    tried.element("#done").click()
    tried.press(*number[0].replace(" ", ""), Keys.ENTER)
    assert tried.outcome() == "used"
