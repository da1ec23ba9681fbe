"""The kiosk's page in a real browser: scanner, keypad, camera, both languages, and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from clinic import kiosks
from tcode import number, picture

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PATIENCE = 15  # seconds
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1024,768",
    "--lang=zh-CN",
    "--use-fake-ui-for-media-stream",
]
CAMERA = (1280, 720)


class Hall:
    """The kiosk's browser, and the server that it talks to."""

    def __init__(self, town: Any, driver: webdriver.Chrome) -> None:
        self.town, self.driver = town, driver
        self.server: subprocess.Popen[str] | None = None
        self.address = ""

    def serve(self) -> None:
        command = [sys.executable, HERE / "serve.py", self.town.folder / "caredial.db", self.town.folder / "keys"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.server = subprocess.Popen(
            [*command, self.town.now.isoformat()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self.server.stdout is not None
        self.address = f"http://127.0.0.1:{self.server.stdout.readline().strip()}"

    def close(self) -> None:
        """The server is gone."""
        if self.server is not None:
            self.server.communicate()
            self.server = None

    def enrol(self, centre: str = "DY") -> None:
        self.driver.get(f"{self.address}/kiosk#{self.town.enrol(centre)}")
        self.sees("start")
        self.until(lambda: self.body("link") == "online")

    def screen(self, width: int, height: int) -> None:
        """The page itself in this size, without the window around it."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def body(self, name: str) -> str | None:
        return self.driver.find_element(By.TAG_NAME, "body").get_attribute(f"data-{name}")

    def until(self, holds: Callable[[], Any]) -> None:
        WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(lambda _: holds())

    def sees(self, view: str) -> None:
        self.until(lambda: self.body("view") == view)

    def told(self, outcome: str) -> str:
        """Waits for this outcome; its words."""
        self.sees("outcome")
        assert self.body("outcome") == outcome
        return self.driver.find_element(By.ID, "outcome").text

    def scan(self, code: str) -> None:
        """A USB scanner: a keyboard that types wherever the focus is."""
        webdriver.ActionChains(self.driver, duration=0).send_keys(code, Keys.ENTER).perform()

    def press(self, *ids: str) -> None:
        for name in ids:
            self.driver.find_element(By.ID, name).click()

    def tap(self, digits: str) -> None:
        for digit in digits:
            self.driver.find_element(By.CSS_SELECTOR, f"[data-digit='{digit}']").click()

    def text(self, name: str) -> str:
        return self.driver.find_element(By.ID, name).text

    def shows(self, name: str) -> bool:
        return self.driver.find_element(By.ID, name).is_displayed()

    def picture(self, name: str) -> None:
        """Kept where the environment says, for people who want to look."""
        folder = os.environ.get("CAREDIAL_PICTURES")
        if folder:
            self.driver.save_screenshot(str(Path(folder) / f"{name}.png"))


@pytest.fixture
def hall(town: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hall]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    camera: Callable[[Any], str] | None = getattr(request, "param", None)
    flags = [*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
    if camera is not None:
        film(tmp_path / "camera.y4m", camera(town))
        flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={tmp_path / 'camera.y4m'}"]
    for flag in flags:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    hall = Hall(town, driver)
    hall.screen(1024, 768)
    try:
        hall.serve()
        yield hall
        faults = [line for line in driver.get_log("browser") if "javascript" in line["source"]]
        assert faults == []
    finally:
        driver.quit()
        hall.close()


def film(path: Path, code: str) -> None:
    """A camera's film (YUV4MPEG2, 4:2:0) of somebody who holds this code up."""
    frame = Image.new("L", CAMERA, 120)
    held = picture.image(code, module=6).convert("L").rotate(8, expand=True, fillcolor=255)
    frame.paste(held, ((CAMERA[0] - held.width) // 2, (CAMERA[1] - held.height) // 2))
    grey = bytes([128]) * (CAMERA[0] * CAMERA[1] // 2)
    head = f"YUV4MPEG2 W{CAMERA[0]} H{CAMERA[1]} F10:1 Ip A1:1 C420mpeg2\n".encode()
    path.write_bytes(head + (b"FRAME\n" + frame.tobytes() + grey) * 2)


def test_a_scanned_code_is_accepted_once(hall: Hall) -> None:
    visit = hall.town.book()
    code = hall.town.code(visit)
    hall.enrol()
    hall.picture("kiosk-start-zh")
    assert "#" not in hall.driver.current_url  # the token is out of sight

    hall.scan(code)
    words = hall.told("genuine")
    for part in ("取号成功", "17", "全科 · 101", "欧阳雨桐", "3月8日周一上午 08:00", "王**"):
        assert part in words
    assert hall.body("tone") == "yes"
    hall.picture("kiosk-genuine-zh")

    hall.press("done")
    hall.sees("start")
    hall.tap("12")
    hall.scan(hall.town.code(hall.town.book("李明")))  # the next one, whatever was left on the display
    assert "18" in hall.told("genuine")
    hall.press("done")
    hall.scan(code)
    assert "07:30" in hall.told("used")
    assert hall.body("tone") == "wait"
    hall.picture("kiosk-used-zh")


def test_digits_are_typed_on_the_screen(hall: Hall) -> None:
    visit = hall.town.book()
    hall.enrol()
    hall.press("language")
    assert hall.driver.find_element(By.CSS_SELECTOR, ".scan h1").text == "Scan your T-code"
    assert hall.text("centre") == "Dongyuan Centre"
    hall.picture("kiosk-start-en")

    wrong = visit.number[:-1] + str((int(visit.number[-1]) + 1) % 10)
    hall.tap(wrong)
    hall.press("enter")
    assert hall.shows("mistyped")  # without asking the server
    hall.picture("kiosk-mistyped-en")
    assert hall.body("view") == "start"
    hall.driver.find_element(By.CSS_SELECTOR, "[data-do='erase']").click()
    assert not hall.shows("mistyped")
    hall.tap(visit.number[-1])
    assert hall.text("digits").split() == number.spell(visit.number).split()
    hall.press("enter")
    words = hall.told("genuine")
    assert "You are checked in" in words
    assert "General practice · 101" in words
    hall.picture("kiosk-genuine-en")

    hall.press("language")
    assert "取号成功" in hall.told("genuine")


def test_digits_come_from_a_keyboard_too(hall: Hall) -> None:
    visit = hall.town.book()
    hall.enrol()
    hall.scan("9" + Keys.BACKSPACE + visit.number)
    assert "17" in hall.told("genuine")
    webdriver.ActionChains(hall.driver).send_keys(Keys.ENTER).perform()
    hall.sees("start")


def test_refusals_are_told_in_words_and_colour(hall: Hall) -> None:
    tomorrow, elsewhere, cancelled = hall.town.book(days=1), hall.town.book(centre=2), hall.town.book("李明")
    code = hall.town.code(cancelled)
    hall.town.cancel(cancelled)
    hall.enrol()
    for scanned, outcome, tone, part in (
        (hall.town.code(tomorrow), "wrong_day", "wait", "3月9日周二上午 08:00"),
        (hall.town.code(elsewhere), "wrong_centre", "wait", "南河中心"),
        (code, "cancelled", "no", "作废"),
        (code[:-1] + ("0" if code[-1] != "0" else "1"), "forged", "no", "无效"),
        ("https://example.com/poster", "unreadable", "wait", "这不是 T 码"),
    ):
        hall.scan(scanned)
        assert part in hall.told(outcome)
        assert hall.body("tone") == tone
        assert not hall.shows("print")
        hall.picture(f"kiosk-{outcome}-zh")
        hall.press("done")
        hall.sees("start")


def test_the_slip_is_printed(hall: Hall) -> None:
    visit = hall.town.book()
    hall.enrol()
    hall.driver.execute_script(
        "window.print = () => { const slip = document.getElementById('slip');"
        " window.printed = [slip.naturalWidth, slip.naturalHeight]; };"
    )
    hall.scan(hall.town.code(visit))
    hall.told("genuine")
    hall.press("print")
    hall.until(lambda: hall.driver.execute_script("return window.printed"))
    width, height = hall.driver.execute_script("return window.printed")
    assert width == 384
    assert height > width


@pytest.mark.parametrize("hall", [lambda town: town.code(town.book(language="en"))], indirect=True)
def test_a_code_held_up_to_the_camera_is_accepted_by_itself(hall: Hall) -> None:
    hall.enrol()
    words = hall.told("genuine")
    assert "You are checked in" in words  # in the language of the visit
    assert "17" in words
    hall.press("done")
    hall.sees("start")
    assert hall.shows("video")
    # The same code, still held up, is seen again and rightly not told as used.
    asked = "return performance.getEntriesByName(location.origin + '/api/kiosk/check').length"
    before = hall.driver.execute_script(asked)
    hall.until(lambda: hall.driver.execute_script(asked) >= before + 2)
    assert hall.body("view") == "start"
    hall.picture("kiosk-camera-zh")


def test_without_a_network_it_says_so_and_recovers(hall: Hall) -> None:
    visit, other = hall.town.book(), hall.town.book("李明")
    code = hall.town.code(visit)
    hall.enrol()
    hall.until(lambda: hall.driver.execute_script("return localStorage.getItem('caredial.kiosk.keys')"))
    hall.driver.execute_cdp_cmd("Network.enable", {})
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    hall.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**network, "offline": True})

    hall.scan(code)  # the signature alone can be checked
    assert "还没有取号" in hall.told("offline_genuine")
    assert hall.body("link") == "offline"
    hall.picture("kiosk-offline-zh")
    hall.press("done")
    hall.scan(code[:-1] + ("0" if code[-1] != "0" else "1"))
    hall.told("forged")
    hall.press("done")
    hall.scan(other.number)
    assert "暂时无法取号" in hall.told("offline")
    hall.press("done")
    hall.picture("kiosk-offline-start-zh")

    hall.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**network, "offline": False})
    hall.until(lambda: hall.body("link") == "online")
    hall.scan(code)
    assert "17" in hall.told("genuine")


def test_it_asks_once_for_its_token_and_keeps_it(hall: Hall) -> None:
    hall.driver.get(f"{hall.address}/kiosk?lang=en")
    hall.sees("enrol")
    hall.driver.find_element(By.ID, "token").send_keys("guess", Keys.ENTER)
    hall.until(lambda: "not valid" in hall.text("refused"))
    hall.picture("kiosk-enrol-en")
    hall.driver.find_element(By.ID, "token").send_keys(hall.town.enrol(), Keys.ENTER)
    hall.sees("start")
    hall.driver.refresh()
    hall.sees("start")
    hall.until(lambda: hall.text("centre") == "Dongyuan Centre")


def test_a_revoked_kiosk_asks_for_a_new_token(hall: Hall) -> None:
    hall.enrol()
    hall.town.store.run_now(kiosks.revoke, kiosk=1, now=hall.town.now)
    hall.scan(hall.town.code(hall.town.book()))
    hall.sees("enrol")


def test_the_t_code_s_page_fits_a_small_phone(hall: Hall) -> None:
    visit = hall.town.book()
    hall.screen(360, 760)
    for language in ("zh", "en"):
        hall.driver.get(f"{hall.address}/t/{hall.town.token(visit)}?lang={language}")
        code = hall.driver.find_element(By.CSS_SELECTOR, ".code img")
        hall.until(lambda code=code: hall.driver.execute_script("return arguments[0].naturalWidth", code) == 270)
        width = hall.driver.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
        assert width is True
        hall.picture(f"voucher-{language}")
    hall.driver.get(f"{hall.address}/?lang=en")
    hall.picture("start-en")
    assert hall.driver.title == "Community health, by any phone"
