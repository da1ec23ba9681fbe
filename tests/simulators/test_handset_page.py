"""The handset page in Chromium: dial, answer, read, write, with mouse, touch and keyboard."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait
from smpplib import gsm
from smpplib.client import Client
from smpplib.command import DeliverSM, Param

from simulators.conditions import Conditions

pytestmark = pytest.mark.browser

SECONDS = 10
MENU = "社区卫生服务\n1 预约看病\n2 我的预约"
SAFE = '<img src=x onerror="document.title=1"> & <b>'


class Clinic:
    """A tiny application on smpplib, in a thread: a menu, a name, a last word, and an SMS with a link."""

    def __init__(self, port: int, link: str) -> None:
        self.link = link
        self.heard: list[str] = []
        self._client = Client("127.0.0.1", port, timeout=SECONDS, allow_unknown_opt_params=True)
        self._client.set_message_received_handler(self._received)
        self._client.set_message_sent_handler(lambda **_: None)
        self._client.connect()
        self._client.bind_transceiver(system_id="caredial", password="caredial")
        self._going = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self._going = False
        self._thread.join(SECONDS)
        self._client.disconnect()

    def _listen(self) -> None:
        while self._going:
            if select.select([self._client._socket], [], [], 0.05)[0]:
                self._client.read_once()

    def _received(self, pdu: Any) -> None:
        octets = pdu.short_message
        text = octets.decode("utf-16-be") if pdu.data_coding == 8 else octets.decode("ascii")
        self.heard.append(text)
        op, phone = getattr(pdu, "ussd_service_op", None), pdu.source_addr.decode()
        if op == 1:
            self._show(phone, pdu, MENU)
        elif op == 18 and text == "1":
            self._show(phone, pdu, "您的姓名？")
        elif op == 18:
            self._show(phone, pdu, f"{text}，已预约。", end=True)
            self._sms(phone, f"您已预约。T码：1234 5678 9012，打开 {self.link}。" + "请按时到院。" * 10)

    def _show(self, phone: str, pdu: Any, text: str, *, end: bool = False) -> None:
        info = (pdu.its_session_info + 2) | end
        self._submit(phone, text.encode("utf-16-be"), 8, ussd_service_op=17 if end else 2, its_session_info=info)

    def _sms(self, phone: str, text: str) -> None:
        parts, coding, flags = gsm.make_parts(text)
        for part in parts:
            self._submit(phone, part, coding, esm_class=flags)

    def _submit(self, phone: str, octets: bytes, coding: int, **fields: Any) -> None:
        self._client.send_message(
            source_addr="12580120", destination_addr=phone, short_message=octets, data_coding=coding, **fields
        )


class Page:
    """The page and what one does on it."""

    def __init__(self, browser: webdriver.Chrome, address: str) -> None:
        self.browser = browser
        browser.get(address)
        self.find('[data-language="zh"]').click()

    def find(self, css: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, css)

    @property
    def screen(self) -> str:
        return str(self.find("#view").text)

    def await_(self, seen: Callable[[], object]) -> None:
        WebDriverWait(self.browser, SECONDS, 0.05).until(lambda _: seen())

    def shows(self, *words: str) -> None:
        self.await_(lambda: all(word in self.screen for word in words))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.find(f'[data-key="{key}"]').click()

    def open_group(self, prefix: str) -> None:
        self.find(f'[data-trouble="{prefix}"]').click()

    @property
    def pressed(self) -> list[str]:
        """The names of the networks that are chosen."""
        return [one.text for one in self.browser.find_elements(By.CSS_SELECTOR, '#presets [aria-pressed="true"]')]

    @property
    def badges(self) -> list[Any]:
        return [one for one in self.browser.find_elements(By.CSS_SELECTOR, ".badge") if one.is_displayed()]

    def expect_refusal(self) -> None:
        """Take the browser's own word on a refused request out of its log."""
        (line,) = self.browser.get_log("browser")
        assert "400" in line["message"]

    def left(self) -> None:
        self.find("#left").click()

    def right(self) -> None:
        self.find("#right").click()

    def keyboard(self, *keys: str) -> None:
        ActionChains(self.browser).send_keys(*keys).perform()

    def status(self, words: str) -> None:
        self.await_(lambda: self.find("#status").text == words)


@pytest.fixture
def clinic(simulator: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    # smpplib 2.2.4 knows ussd_service_op in submit_sm only and fails with KeyError on it in deliver_sm.
    known = {"ussd_service_op": Param(type=int, size=1), "its_session_info": Param(type=int, size=2)}
    monkeypatch.setattr(DeliverSM, "params", {**DeliverSM.params, **known})
    monkeypatch.setattr(DeliverSM, "params_order", (*DeliverSM.params_order, *known))
    clinic = Clinic(simulator.port, f"{simulator.page}#15400000009")
    yield clinic
    clinic.leave()


@pytest.fixture
def page(browser: webdriver.Chrome, simulator: Any) -> Iterator[Page]:
    yield Page(browser, simulator.page)
    assert [line["message"] for line in browser.get_log("browser")] == []


def test_from_the_code_to_the_link(clinic: Clinic, page: Page) -> None:
    page.status("网关已接入网络")
    page.press(*"*120#")
    assert page.screen == "*120#"
    page.press("call")
    page.shows("1 预约看病")
    page.press("1")
    page.left()
    page.shows("您的姓名？")
    page.find('[data-chip="name"]').click()
    page.left()
    page.shows("王小梅，已预约。", "会话已结束")

    page.await_(lambda: page.find("#mail").text == "1")
    page.right()
    page.shows("新短信: 1")
    page.left()
    page.shows("T码：1234 5678 9012", "请按时到院。" * 10)
    link = page.find("#view a")
    assert (link.text, link.get_attribute("target"), link.get_attribute("rel")) == (
        clinic.link,
        "_blank",
        "noopener noreferrer",
    )
    assert not page.find("#mail").is_displayed()
    link.click()
    page.await_(lambda: len(page.browser.window_handles) == 2)
    page.browser.switch_to.window(page.browser.window_handles[1])
    assert page.browser.current_url == clinic.link
    page.await_(lambda: page.find("#own").text == "15400000009")


def test_the_computers_keyboard_is_enough(clinic: Clinic, page: Page) -> None:
    page.status("网关已接入网络")
    page.keyboard("*1200", Keys.BACKSPACE, "#", Keys.ENTER)
    page.shows("1 预约看病")
    page.keyboard("12", Keys.BACKSPACE, Keys.ENTER)
    page.shows("您的姓名？")
    page.keyboard("欧阳雨桐", Keys.ENTER)
    page.shows("欧阳雨桐，已预约。")
    page.keyboard(Keys.ESCAPE)
    page.shows("新短信: 1")
    page.keyboard(Keys.ARROW_DOWN, Keys.ENTER)
    page.shows("T码：1234 5678 9012")
    assert clinic.heard == ["*120#", "1", "欧阳雨桐"]


def test_hanging_up_tells_the_application(clinic: Clinic, page: Page) -> None:
    page.status("网关已接入网络")
    page.keyboard("*120#", Keys.ENTER)
    page.shows("1 预约看病")
    page.keyboard("1", Keys.ESCAPE)
    page.shows("已取消")
    page.press("end")
    page.shows("拨 *120# 开始")
    page.await_(lambda: clinic.heard == ["*120#", ""])


def test_touch(clinic: Clinic, page: Page) -> None:
    page.status("网关已接入网络")
    for key in ("*", "1", "2", "0", "#", "call"):
        finger = ActionChains(page.browser, devices=[PointerInput("touch", "finger")])
        finger.w3c_actions.pointer_action.move_to(page.find(f'[data-key="{key}"]')).pointer_down().pointer_up()
        finger.perform()
    page.shows("1 预约看病")


def test_no_service_while_the_gateway_is_away(page: Page) -> None:
    page.status("网关未接入网络")
    page.keyboard("*120#", Keys.ENTER)
    page.shows("连接失败：服务暂时不可用")
    page.right()
    page.shows("拨 *120# 开始")
    page.keyboard("*121#", Keys.ENTER)
    page.shows("连接问题或 MMI 码无效")


def test_a_call_is_not_simulated(page: Page) -> None:
    page.press(*"12580", "call")
    assert "没有语音通话" in page.find("#toast").text
    page.press("end")
    assert "12580" not in page.screen


def test_writing_an_sms_to_the_service(clinic: Clinic, page: Page) -> None:
    page.status("网关已接入网络")
    page.find('[data-chip="write"]').click()
    assert page.find("#to").get_attribute("value") == "12580120"
    page.keyboard("预约 <1>")
    page.press("2")
    page.left()
    page.await_(lambda: page.find("#toast").text == "短信已发出")
    page.await_(lambda: clinic.heard == ["预约 <1>2"])
    page.left()
    page.shows("→ 12580120", "预约 <1>2")


def test_two_windows_are_two_phones(page: Page, simulator: Any) -> None:
    page.find("#number").clear()
    page.find("#number").send_keys("154 0000 0002", Keys.ENTER)
    page.await_(lambda: page.find("#own").text == "15400000002")
    assert page.browser.current_url.endswith("#15400000002")
    page.status("网关未接入网络")
    simulator.post("api/phones/15400000003/sms", to="15400000002", text=SAFE)
    page.shows("新短信: 1")
    page.keyboard(Keys.ARROW_DOWN, Keys.ENTER)
    page.shows("15400000003", SAFE)
    assert page.browser.find_elements(By.CSS_SELECTOR, "#view img") == []


def test_both_languages(page: Page) -> None:
    page.find('[data-language="en"]').click()
    assert page.find("html").get_attribute("lang") == "en"
    assert page.find("h1").text == "From the code to the queue, try it yourself"
    page.shows("Dial *120# to begin")
    page.browser.refresh()
    page.await_(lambda: "From the code" in page.find("h1").text)


def test_trouble_for_the_network(clinic: Clinic, page: Page, simulator: Any) -> None:
    page.status("网关已接入网络")
    page.find("#trouble summary").click()
    page.await_(lambda: page.find('[name="submit_latency"]').get_attribute("value") == "0")
    page.open_group("submit")
    page.find('[name="submit_latency"]').clear()
    page.find('[name="submit_latency"]').send_keys("0.5")
    page.find('[name="submit_refuse_with"]').clear()
    page.find('[name="submit_refuse_with"]').send_keys("0x0401")
    page.find('[name="submit_throttle_reaction"]').clear()
    page.find('[name="submit_throttle_reaction"]').send_keys("wait")
    page.open_group("receipt")
    page.find('[name="receipt_first"]').click()
    Select(page.find('[name="receipt_dialect"]')).select_by_value("ucs2")
    page.find('#trouble-form [type="submit"]').click()
    page.await_(lambda: page.find("#toast").text == "已应用")
    assert Conditions(**simulator.get("api/network")["conditions"]).trouble == {
        "submit_latency": 0.5,
        "submit_refuse_with": "0x00000401",
        "submit_throttle_reaction": "wait",
        "receipt_first": True,
        "receipt_dialect": "ucs2",
    }
    assert [badge.text for badge in page.badges] == ["3", "2"]


def test_a_network_by_name(page: Page, simulator: Any) -> None:
    page.find("#trouble summary").click()
    page.await_(lambda: page.pressed == ["良好"])
    page.find('[data-preset="rush-hour"]').click()
    page.await_(lambda: page.pressed == ["高峰"])
    assert simulator.get("api/network")["network"] == "rush-hour"
    assert page.find('[name="submit_throttle"]').get_attribute("value") == "5"
    page.find('[data-language="en"]').click()
    assert page.pressed == ["Rush hour"]
    page.find('[data-preset="good"]').click()
    page.await_(lambda: page.pressed == ["Good"])
    assert page.badges == []


def test_what_is_impossible_changes_nothing(page: Page, simulator: Any) -> None:
    page.find("#trouble summary").click()
    page.await_(lambda: page.pressed == ["良好"])
    page.open_group("bind")
    page.find('[name="bind_refuse"]').send_keys("ESME_RNOSUCH")
    page.find('#trouble-form [type="submit"]').click()
    page.await_(lambda: page.find("#toast").text == "有的数值不能用")
    assert simulator.get("api/network")["network"] == "good"
    page.expect_refusal()


def test_a_burst(page: Page, clinic: Clinic) -> None:
    page.status("网关已接入网络")
    page.find("#trouble summary").click()
    page.find("#burst").click()
    page.await_(lambda: clinic.heard == ["突发 100 条短信"] * 100)


def test_the_page_tells_when_the_simulator_is_gone(browser: webdriver.Chrome, simulator: Any) -> None:
    page = Page(browser, simulator.page)
    page.status("网关未接入网络")
    simulator.stop()
    page.status("模拟器没有响应")
    page.keyboard("*120#", Keys.ENTER)
    page.await_(lambda: page.find("#toast").text == "模拟器没有响应")


@pytest.mark.parametrize("width", [360, 1024])
def test_nothing_hangs_over_the_edge(page: Page, width: int) -> None:
    page.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    )
    assert page.browser.execute_script("return document.documentElement.scrollWidth") <= width
