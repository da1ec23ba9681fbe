"""What a kiosk asks, and what it is answered."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from clinic import kiosks
from clinic.errors import StoreBusy
from gateway.counters import CHECKS
from tcode import number, picture, reading, token, voucher
from tcode.keyring import PublicBundle


def jpeg(*codes: str) -> bytes:
    """A camera frame with these codes side by side."""
    wall = Image.new("RGB", (1280, 720), (150, 140, 130))
    for place, code in enumerate(codes):
        wall.paste(picture.image(code, module=6), (60 + place * 600, 200))
    file = io.BytesIO()
    wall.save(file, "JPEG", quality=70)
    return file.getvalue()


def test_a_scanned_code_is_genuine_once_then_used(kiosk: Any, town: Any) -> None:
    visit = town.book()
    first = kiosk.check(town.code(visit))
    assert first == {
        "outcome": "genuine",
        "queue": 17,
        "used_at": "2027-03-08T07:30:00+08:00",
        "text": {"zh": "取号成功", "en": "You are checked in"},
        "detail": {"zh": "您是下一位，请到101门口等候。", "en": "You are next. Please wait at room 101."},
        "visit": {
            "id": visit.id,
            "language": "zh",
            "name": "王**",
            "department": {"zh": "全科", "en": "General practice"},
            "room": "101",
            "practitioner": {"zh": "欧阳雨桐", "en": "Dr Ouyang"},
            "day": "2027-03-08",
            "half": "am",
            "starts": "08:00",
            "when": {"zh": "3月8日周一上午 08:00", "en": "Mon 8 Mar am at 08:00"},
            "slip": f"/api/kiosk/slip/{visit.id}",
        },
        "standing": {
            "state": "waits",
            "in_all": 1,
            "seen": 0,
            "called": 0,
            "ahead": 0,
            "earliest": first["standing"]["earliest"],
            "latest": first["standing"]["latest"],
        },
    }
    assert "07:50" < first["standing"]["earliest"] <= "08:00" < first["standing"]["latest"] < "08:30"
    town.wait(minutes=5)
    second = kiosk.check(town.code(visit))
    assert (second["outcome"], second["queue"]) == ("used", 17)
    assert second["used_at"] == "2027-03-08T07:30:00+08:00"
    assert second["detail"]["en"].startswith("Checked in on Mon 8 Mar at 07:30.")
    assert second["detail"]["zh"].startswith("已于3月8日周一 07:30 取号。")
    assert second["detail"]["zh"].endswith("您是下一位，请到101门口等候。")


@pytest.mark.parametrize(
    "written", [number.spell, "　{} ".format, lambda n: n.translate({ord("0") + d: ord("０") + d for d in range(10)})]
)
def test_the_number_may_be_typed_instead(kiosk: Any, town: Any, written: Any) -> None:
    assert kiosk.check(written(town.book().number))["outcome"] == "genuine"


def test_the_page_s_link_is_a_code_too(kiosk: Any, town: Any) -> None:
    visit = town.book()
    assert kiosk.check(f"{visit.link}?lang=en")["outcome"] == "genuine"
    assert kiosk.check(visit.link)["outcome"] == "used"


def test_a_scanner_with_caps_lock_is_understood(kiosk: Any, town: Any) -> None:
    assert kiosk.check(town.code(town.book()).lower() + "\r")["outcome"] == "genuine"


def test_a_code_of_tomorrow_is_told_its_day(kiosk: Any, town: Any) -> None:
    visit = town.book(days=1)
    early = kiosk.check(town.code(visit))
    assert (early["outcome"], early["visit"], early["queue"]) == ("wrong_day", None, None)
    assert early["detail"]["zh"] == "预约在3月9日周二上午 08:00，请到时再来。"
    town.wait(days=2)
    assert kiosk.check(town.code(visit))["outcome"] == "expired"


def test_a_code_of_another_centre_is_told_where_to_go_and_nothing_else(kiosk: Any, elsewhere: Any, town: Any) -> None:
    visit = town.book(centre=2)
    wrong = kiosk.check(town.code(visit))
    assert (wrong["outcome"], wrong["visit"]) == ("wrong_centre", None)
    assert wrong["detail"]["en"] == "Please go to Nanhe."
    assert elsewhere.check(town.code(visit))["outcome"] == "genuine"


def test_a_cancelled_visit_s_code_is_refused(kiosk: Any, town: Any) -> None:
    visit = town.book()
    code = town.code(visit)
    town.cancel(visit)
    refused = kiosk.check(code)
    assert (refused["outcome"], refused["visit"]) == ("cancelled", None)


def test_forged_codes_are_refused(kiosk: Any, town: Any) -> None:
    code = town.code(town.book())
    for forged in (code[:-1] + ("0" if code[-1] != "0" else "1"), "CD1:" + "0" * 117, "CD1:", "cd1:hello"):
        assert kiosk.check(forged)["outcome"] == "forged"
    assert kiosk.check(number.mint())["outcome"] == "forged"
    assert kiosk.check(f"https://elsewhere.example/t/{token.mint()}")["outcome"] == "forged"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("123456789012", "mistyped"),
        ("1234", "mistyped"),
        ("https://example.com/", "not_a_tcode"),
        ("WIFI:S:x;;", "not_a_tcode"),
    ],
)
def test_what_is_no_code_is_told_so(kiosk: Any, code: str, reason: str) -> None:
    answer = kiosk.check(code)
    assert (answer["outcome"], answer["reason"]) == ("unreadable", reason)
    assert answer["text"]["en"]


def test_a_camera_frame_is_read_and_used(kiosk: Any, town: Any) -> None:
    frame = jpeg("https://example.com/poster", town.code(town.book()))
    first = kiosk("POST", "/api/kiosk/check", frame, Content_Type="image/jpeg")
    assert (first.status, first.json["outcome"], first.json["queue"]) == (200, "genuine", 17)
    second = kiosk("POST", "/api/kiosk/check", frame, Content_Type="image/jpeg")
    assert second.json["outcome"] == "used"


def test_a_frame_without_a_code_is_no_error(kiosk: Any) -> None:
    empty = kiosk("POST", "/api/kiosk/check", jpeg(), Content_Type="image/jpeg")
    assert (empty.status, empty.json["outcome"], empty.json["reason"]) == (200, "unreadable", "no_code")


@pytest.mark.parametrize("path", ["check", "me", "keys", "slip/1.png"])
def test_a_stranger_learns_nothing(web: Any, path: str) -> None:
    method = "POST" if path == "check" else "GET"
    for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}):
        answer = web(method, f"/api/kiosk/{path}", **headers)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="kiosk"'
        assert answer.json["error"] == "unknown_kiosk"


def test_a_stranger_who_keeps_trying_must_wait(web: Any) -> None:
    answers = [web.get("/api/kiosk/me", Authorization=f"Bearer {guess}").status for guess in range(40)]
    assert answers == [401] * 30 + [429] * 10


def test_a_revoked_kiosk_is_a_stranger(kiosk: Any, town: Any) -> None:
    me = kiosk.get("/api/kiosk/me").json
    town.store.run_now(kiosks.revoke, kiosk=me["id"], now=town.now)
    assert kiosk.get("/api/kiosk/me").status == 401


@pytest.mark.parametrize(
    ("kind", "body", "status", "error"),
    [
        ("application/json", b"{", 400, "bad_json"),
        ("application/json", b"[" * 5000, 400, "bad_json"),
        ("application/json", b"\xff", 400, "bad_json"),
        ("application/json", b"[]", 400, "bad_request"),
        ("application/json", b"{}", 400, "bad_request"),
        ("application/json", b'{"code": 12}', 400, "bad_request"),
        ("application/json", b'{"code": " "}', 400, "bad_request"),
        ("application/json", json.dumps({"code": "1" * 513}).encode(), 400, "bad_request"),
        ("text/plain", b"123456789092", 415, "unsupported"),
        ("multipart/form-data; boundary=x", b"--x--", 415, "unsupported"),
        ("image/gif", b"GIF89a", 415, "unsupported"),
        ("image/jpeg", b"not a picture", 400, "bad_picture"),
        ("image/png", b"", 400, "bad_picture"),
        ("image/png", bytes(2 * 1024 * 1024 + 1), 413, "too_large"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(kiosk: Any, kind: str, body: bytes, status: int, error: str) -> None:
    answer = kiosk("POST", "/api/kiosk/check", body, Content_Type=kind)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "check", 405), ("GET", "nothing", 404), ("PUT", "me", 405)]
)
def test_other_addresses_and_methods_get_json_too(kiosk: Any, method: str, path: str, status: int) -> None:
    answer = kiosk(method, f"/api/kiosk/{path}")
    assert (answer.status, answer.json["error"]) == (status, "no_route")


def test_who_guesses_numbers_must_wait_but_may_scan(kiosk: Any, elsewhere: Any, town: Any) -> None:
    visit, other = town.book(), town.book("李明")
    guesses = [kiosk.try_(number.mint()) for _ in range(12)]
    assert [answer.status for answer in guesses] == [200] * 10 + [429] * 2
    assert guesses[-1].headers["retry-after"] == "60"
    assert guesses[-1].json["error"] == "too_many"
    assert kiosk.try_(visit.number).status == 429  # the right one, now
    assert kiosk.try_(visit.link).status == 429
    assert kiosk.check(town.code(visit))["outcome"] == "genuine"  # a signature cannot be guessed
    assert elsewhere.check(number.mint())["outcome"] == "forged"  # another kiosk is not closed
    town.wait(seconds=59.5)
    assert kiosk.try_(other.number).headers["retry-after"] == "1"
    town.wait(seconds=1)
    assert kiosk.check(other.number)["outcome"] == "genuine"


def test_numbers_shown_to_the_camera_are_counted_as_well(kiosk: Any) -> None:
    frames = (jpeg(number.mint()) for _ in range(11))
    statuses = [kiosk("POST", "/api/kiosk/check", frame, Content_Type="image/jpeg").status for frame in frames]
    assert statuses == [200] * 10 + [429]


def test_a_kiosk_that_floods_us_with_frames_must_wait(kiosk: Any, web: Any) -> None:
    me = kiosk.get("/api/kiosk/me").json
    web.limits.used[f"kiosk:{me['id']}:frames"] = 240
    assert kiosk("POST", "/api/kiosk/check", jpeg(), Content_Type="image/jpeg").status == 429


def test_a_kiosk_knows_itself(kiosk: Any) -> None:
    assert kiosk.get("/api/kiosk/me").json == {
        "id": 1,
        "name": "Hall 1",
        "centre": {"id": 1, "name": {"zh": "东苑社区卫生服务中心", "en": "Dongyuan Centre"}},
        "now": "2027-03-08T07:30:00+08:00",
    }


def test_the_public_keys_are_enough_to_check_alone(kiosk: Any, town: Any) -> None:
    code = town.code(town.book())
    answer = kiosk.get("/api/kiosk/keys")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert voucher.verify(code, PublicBundle(answer.text)).queue == 17


def test_the_slip_is_printed_once_the_code_was_used(kiosk: Any, town: Any) -> None:
    visit = town.book()
    path = f"/api/kiosk/slip/{visit.id}"
    assert kiosk.get(f"{path}.png").status == 404
    kiosk.check(town.code(visit))
    slip = kiosk.get(f"{path}.png")
    assert (slip.status, slip.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(slip.body)).width == 384
    assert reading.read(slip.body) == [town.code(visit)]
    assert kiosk.get(f"{path}.png?lang=en").body != slip.body
    printer = kiosk.get(f"{path}.bin")
    assert printer.body.startswith(b"\x1b@\x1dv0")
    assert printer.headers["content-type"] == "application/octet-stream"


def test_a_slip_of_another_centre_is_not_printed(kiosk: Any, elsewhere: Any, town: Any) -> None:
    visit = town.book(centre=2)
    elsewhere.check(town.code(visit))
    assert kiosk.get(f"/api/kiosk/slip/{visit.id}.png").status == 404
    assert elsewhere.get(f"/api/kiosk/slip/{visit.id}.png").status == 200


def test_without_a_font_the_slip_says_what_to_install(kiosk: Any, web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tcode.fonts.FILES", ())
    visit = web.town.book()
    kiosk.check(visit.number)
    answer = kiosk.get(f"/api/kiosk/slip/{visit.id}.png")
    assert (answer.status, answer.json["error"]) == (503, "no_font")
    assert "fonts-wqy-microhei" in answer.json["message"]


def test_a_busy_database_asks_for_patience(kiosk: Any, web: Any) -> None:
    web.store.failing = StoreBusy()
    answer = kiosk.get("/api/kiosk/me")
    assert (answer.status, answer.headers["retry-after"], answer.json["error"]) == (503, "2", "busy")


def test_a_fault_of_ours_is_logged_and_tells_no_secret(kiosk: Any, web: Any, caplog: pytest.LogCaptureFixture) -> None:
    web.store.failing = RuntimeError("secret detail")
    answer = kiosk.get("/api/kiosk/me")
    assert (answer.status, answer.json["error"]) == (500, "broken")
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text


def test_checks_are_counted_by_outcome(kiosk: Any, town: Any) -> None:
    def count(outcome: str) -> float:
        return float(CHECKS.labels(outcome)._value.get())

    genuine, used = count("genuine"), count("used")
    visit = town.book()
    for _ in range(3):
        kiosk.check(visit.number)
    assert (count("genuine") - genuine, count("used") - used) == (1, 2)
