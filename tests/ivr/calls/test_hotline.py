"""Calls to the hotline, as transcripts: what is heard, which keys are pressed, what stands in the database then."""

from __future__ import annotations

from typing import Any

import pytest

from clinic import subscribers
from clinic.errors import StoreBusy
from clinic.tables import Alarm, Centre, ClinicSession, Department, Message, Resident, Subscriber, Visit
from ivr.settings import IvrSettings
from tests.ivr.calls.conftest import NOW, PHONE, House

BOOKED = ["1", "1", "1", "1", "1", "1"]  # book, department, day, session, who, yes


def spoken(house: House) -> list[str]:
    """The clips, without what every menu ends with."""
    return [line.removeprefix("♪ ").split(" 返回上一步")[0] for line in house.asterisk.said if line.startswith("♪")]


class TestBooking:
    def test_by_keys_the_place_the_code_and_the_sms(self, house: House) -> None:
        line = house.asterisk
        line.call()
        for key in BOOKED:
            line.wait()
            line.press(key)
        line.wait(20)
        visit = house.rows(Visit)[0]
        assert (visit.queue, visit.phone, visit.name) == (1, PHONE, "周志强")
        assert "您的T码是" in spoken(house)[-2]
        assert spoken(house)[-1] == "感谢您的来电，再见。"
        assert line.said[-1] == "we hung up"
        assert [message.occasion for message in house.rows(Message)] == [f"code:{visit.id}"]

    def test_who_knows_the_menu_presses_ahead_and_hears_only_the_end(self, house: House) -> None:
        house.thinks = 0.05
        line = house.asterisk
        line.call()
        line.wait(1)
        line.press(*BOOKED)
        line.wait(25)
        assert len(house.rows(Visit)) == 1
        assert [line[:6] for line in spoken(house)] == ["您好，欢迎致", "预约成功，您", "感谢您的来电"]

    def test_a_key_that_comes_while_its_prompt_is_on_the_way_is_not_lost_and_stops_it(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait()
        line.mute = True  # Asterisk takes commands up to 20 ms late
        line.press("1")
        line.press("1")
        line.mute = False
        line._go_on()
        line.wait(0.5)
        assert spoken(house)[-1].startswith("请选择日期")

    def test_the_echo_of_a_key_cuts_no_prompt(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(5)
        line.press("1")
        line.echo("1")
        line.wait(1)
        played = [command for command in line.commands() if command.startswith("STREAM FILE")]
        assert played[-1] == f"{played[-2]} 640"
        line.press("1")
        line.wait(1)
        assert spoken(house)[-1].startswith("请选择日期")

    def test_a_hash_out_of_habit_cuts_no_prompt(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(5)
        line.press("1", "#")
        line.wait(1)
        assert line.commands()[-1].endswith(" 800")

    def test_a_code_is_repeated_with_a_star(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press(*BOOKED)
        line.wait(2)
        line.press("*")
        line.wait(2)
        line.press("*")
        line.wait(20)
        codes = [text for text in spoken(house) if "您的T码是" in text]
        assert len(codes) == 3
        assert len(set(codes)) == 1
        assert "重听，请按星号键" in codes[0]

    def test_clips_with_a_name_or_a_code_go_with_the_call(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press(*BOOKED)
        line.wait(20)
        assert any("您的T码是" in text for text in house.clips.dropped)

    def test_after_it_the_menu_can_be_had_again(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press(*BOOKED)
        line.wait(2)
        line.press("1")
        line.wait(1)
        assert spoken(house)[-1].startswith("请选择服务")

    @pytest.mark.parametrize("keys", range(len(BOOKED) + 1))
    def test_hanging_up_at_any_step_books_all_or_nothing(self, house: House, keys: int) -> None:
        line = house.asterisk
        line.call()
        line.press(*BOOKED[:keys])
        line.wait(1)
        line.hang_up()
        line.wait(1)
        booked = len(house.rows(Visit))
        assert booked == len(house.rows(Message)) == (keys == len(BOOKED))
        assert house.call_record().outcome in {"hung up", "done"}
        assert len(house.board) == len(house.records) == 0


class TestAnswers:
    def test_a_wrong_key_is_told_and_asked_again(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait()
        line.press("9")
        line.wait(1)
        assert spoken(house)[-1].startswith("按键有误，请再试一次。 请选择服务")

    def test_silence_is_told_and_asked_again(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(4 + 8)
        assert spoken(house)[-1].startswith("没有收到您的")

    def test_three_strikes_ring_the_operator(self, house: House) -> None:
        line = house.asterisk
        line.variables["DIALSTATUS"] = "ANSWER"
        line.call()
        for key in "999":
            line.wait()
            line.press(key)
        line.wait(10)
        assert "EXEC Dial PJSIP/8000,40,g" in line.said
        assert house.call_record().outcome == "operator"
        assert house.call_record().path[-1] == "operator"

    def test_without_an_operator_three_silences_end_with_a_goodbye(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"operator": ""})
        house.open()
        line = house.asterisk
        line.call()
        line.wait(60)
        assert spoken(house)[-1].endswith("感谢您的来电，再见。")
        assert line.said[-1] == "we hung up"
        assert house.call_record().outcome == "given up"

    def test_a_star_goes_back_and_at_the_first_question_reads_it_again(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait()
        line.press("1")
        line.wait()
        line.press("*")
        line.wait()
        line.press("*")
        line.wait(1)
        assert [text[:5] for text in spoken(house)] == ["您好，欢迎", "请选择科室", "请选择服务", "请选择服务"]

    def test_the_habit_of_ending_with_a_hash_calls_nobody_for_help(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait()
        line.press("1", "#")
        line.wait(1)
        assert spoken(house)[-1].startswith("请选择科室")
        assert house.rows(Alarm) == []


class TestOperator:
    def test_zero_at_any_question(self, house: House) -> None:
        line = house.asterisk
        line.variables["DIALSTATUS"] = "ANSWER"
        line.call()
        line.press("1", "1", "0")
        line.wait(10)
        assert line.said[-2:] == ["EXEC Dial PJSIP/8000,40,g", "we hung up"]
        assert house.rows(Visit) == []

    def test_where_nobody_answers_the_call_goes_on_where_it_was(self, house: House) -> None:
        line = house.asterisk
        line.variables["DIALSTATUS"] = "NOANSWER"
        line.call()
        line.press("1", "1", "0")
        line.wait(6)
        assert spoken(house)[-1].startswith("人工座席暂时无人接听")
        assert "请选择日期" in spoken(house)[-1]
        line.press("1", "1", "1", "1")
        line.wait(1)
        assert len(house.rows(Visit)) == 1
        assert house.counted.count("operator") == 1

    def test_without_an_operator_zero_is_no_key(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"operator": ""})
        house.open()
        line = house.asterisk
        line.call()
        line.wait()
        assert "人工服务" not in spoken(house)[-1]
        line.press("0")
        line.wait(1)
        assert "有误" in spoken(house)[-1]

    def test_a_call_for_help_on_the_way_to_the_operator(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press("1", "0")
        line.wait(2)
        line.press("#")
        line.wait(9)
        assert len(house.rows(Alarm)) == 1
        assert next(said for said in line.said if said.startswith("EXEC Dial")).startswith(
            "EXEC Dial PJSIP/15400000009@"
        )

    def test_a_queue_instead_of_a_phone(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"operator": "queue:desk"})
        house.open()
        line = house.asterisk
        line.call()
        line.press("0")
        line.wait(10)
        assert "EXEC Queue desk,c,,,40" in line.said
        assert house.call_record().outcome == "operator"  # QUEUESTATUS is only set where nobody answered


class TestEmergency:
    def test_one_key_rings_the_duty_phone_and_sends_the_callers_file(self, house: House) -> None:
        line = house.asterisk
        line.variables["DIALSTATUS"] = "ANSWER"
        line.call()
        line.press("#")
        line.wait(10)
        assert "EXEC Dial PJSIP/15400000009@trunk,45,g" in line.said
        alarm, sms = house.rows(Alarm)[0], house.rows(Message)[0]
        assert (alarm.phone, alarm.duty_phone) == (PHONE, "+8615400000009")
        assert (sms.phone, sms.message_class) == ("+8615400000009", "code")
        assert "15400000001" in sms.text
        assert house.call_record().outcome == "emergency"

    def test_in_the_middle_of_a_booking(self, house: House) -> None:
        line = house.asterisk
        line.call()
        for key in "11":
            line.wait()
            line.press(key)
        line.wait(3)
        line.press("#")
        line.wait(10)
        assert len(house.rows(Alarm)) == 1

    def test_nobody_answers_the_duty_phone(self, house: House) -> None:
        line = house.asterisk
        line.variables["DIALSTATUS"] = "NOANSWER"
        line.call()
        line.press("#")
        line.wait(20)
        assert "EXEC Dial PJSIP/8000,40,g" in line.said  # the operator is the last resort
        assert "120" in spoken(house)[-1]
        assert "emergency unanswered" in house.counted
        assert house.call_record().outcome == "given up"

    def test_the_stand_in_is_rung_after_the_duty_phone(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"emergency": "15400000008"})
        house.open()
        line = house.asterisk
        line.variables["DIALSTATUS"] = "NOANSWER"
        line.call()
        line.press("#")
        line.wait(10)
        dials = [said for said in line.said if said.startswith("EXEC Dial")]
        assert dials[:2] == ["EXEC Dial PJSIP/15400000009@trunk,45,g", "EXEC Dial PJSIP/15400000008@trunk,45,g"]

    def test_without_a_trunk_nobody_is_told_to_wait(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"trunks": {}, "operator": ""})
        house.open()
        line = house.asterisk
        line.call()
        line.press("#")
        line.wait(10)
        assert not any("正在接通值班" in text for text in spoken(house))
        assert "120" in spoken(house)[-1]

    @pytest.mark.parametrize("error", [StoreBusy("away"), RuntimeError("disk full")])
    def test_help_is_called_for_without_the_database(self, house: House, error: Exception) -> None:
        house.settings = house.settings.model_copy(update={"emergency": "15400000008"})
        house.open()
        line = house.asterisk
        line.variables["DIALSTATUS"] = "ANSWER"
        line.call()
        line.wait(2)
        house.broken = error
        line.press("#")
        line.wait(10)
        assert "EXEC Dial PJSIP/15400000008@trunk,45,g" in line.said

    def test_a_caller_is_greeted_while_the_database_is_away_and_can_call_for_help(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"emergency": "15400000008"})
        house.open()
        house.broken = StoreBusy("away")
        line = house.asterisk
        line.variables["DIALSTATUS"] = "ANSWER"
        line.call()
        line.wait(2)
        line.press("#")
        line.wait(10)
        assert "EXEC Dial PJSIP/15400000008@trunk,45,g" in line.said

    def test_a_database_that_hangs_keeps_no_telephone_from_ringing(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"emergency": "15400000008"})
        house.open()
        line = house.asterisk
        line.variables["DIALSTATUS"] = "ANSWER"
        line.call()
        line.wait(2)
        house.thinks = 25
        line.press("#")
        line.wait(9)
        assert "EXEC Dial PJSIP/15400000008@trunk,45,g" in line.said


class TestWhoCalls:
    def test_a_new_phone_chooses_its_language_once(self, house: House) -> None:
        line = house.asterisk
        line.call("15400000002")
        line.wait(1)
        assert spoken(house)[-1].endswith("中文服务，请按1。 For English, press 2.")
        line.press("2")
        line.wait(1)
        assert "Book a visit" in spoken(house)[-1]
        assert [row.language for row in house.rows(Subscriber) if row.phone.endswith("2")] == ["en"]
        line.hang_up()
        line.uniqueid = "1798736400.2"
        line.call("15400000002")
        line.wait(1)
        assert "press 2" in spoken(house)[-1]
        assert "中文" not in spoken(house)[-1]

    def test_a_caller_without_a_number_is_told_and_given_to_the_operator(self, house: House) -> None:
        line = house.asterisk
        line.call("<unknown>")
        line.wait(40)
        assert "没有收到您的电话号码，请打开来电显示后再拨。" in spoken(house)
        assert "EXEC Dial PJSIP/8000,40,g" in line.said
        assert house.call_record().phone == ""

    def test_somebody_new_is_named_by_keys_and_by_voice(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press("1", "1", "1", "1", "2")
        line.wait()
        line.press(*"11010119580814242", "4")
        line.wait(1)
        assert spoken(house)[-1].endswith("请在提示音后说出就诊人姓名，说完请按井号键。")
        line.wait(4)
        assert "● records" in line.said
        line.wait(4)
        line.press("#")  # as was asked for, but the silence had ended the recording by then
        line.press("1")
        line.wait(20)
        person = house.rows(Resident)[-1]
        assert person.name == "尾号2424"
        assert person.spoken_name is not None
        assert any(person.spoken_name in command for command in line.commands())
        assert house.rows(Visit)[0].resident_id == person.id
        assert house.rows(Alarm) == []

    def test_nobody_said_a_name(self, house: House) -> None:
        line = house.asterisk
        line.spoken = 8_160  # what a real Asterisk has left of two seconds of silence
        line.call()
        line.press("1", "1", "1", "1", "2")
        line.wait()
        line.press(*"110101195808142424")
        line.wait(9)
        assert spoken(house)[-1].startswith("没有收到您的")

    def test_a_star_is_the_x_of_an_identity_number(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press("1", "1", "1", "1", "2")
        line.wait()
        line.press(*"11010119580814012", "*")
        line.wait(1)
        assert "请在提示音后说出就诊人姓名" in spoken(house)[-1]
        line.wait(8)
        line.press("1")
        line.wait(20)
        assert house.rows(Visit)[0].name == "尾号012X"

    def test_a_star_elsewhere_in_a_number_begins_it_anew(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press("1", "1", "1", "1", "2")
        line.wait()
        line.press(*"1101", "*")
        line.wait(1)
        assert spoken(house)[-1].startswith("按键有误，请再试一次。")


class TestCrowd:
    """Calls wait in one line with all who dial and write."""

    def test_a_caller_hears_that_they_are_in_line_until_it_is_their_turn(self, house: House) -> None:
        house.crowd.waits = house.crowd.stands = True
        line = house.asterisk
        line.call()
        line.wait(20)
        held = "来电较多，已为您排队，请稍候，不要挂机。 Many are calling. You are in line, please hold."
        assert len(spoken(house)) > 2
        assert set(spoken(house)) == {held}
        house.crowd.serve()
        line.wait(10)
        assert spoken(house)[-1].startswith("您好，欢迎致电")

    def test_who_hangs_up_in_the_line_is_not_served_any_more(self, house: House) -> None:
        house.crowd.waits = house.crowd.stands = True
        line = house.asterisk
        line.call()
        line.wait(5)
        line.hang_up()
        line.wait(1)
        before = len(spoken(house))
        house.crowd.serve()
        line.wait(10)
        assert (len(spoken(house)), house.call_record().outcome) == (before, "hung up")

    def test_help_can_be_called_for_from_within_the_line(self, house: House) -> None:
        house.crowd.waits = house.crowd.stands = True
        line = house.asterisk
        line.variables["DIALSTATUS"] = "ANSWER"
        line.call()
        line.wait(5)
        line.press("#")
        line.wait(20)
        assert house.call_record().outcome == "emergency"

    def test_who_is_done_leaves_the_line(self, house: House) -> None:
        line = house.asterisk
        line.call()
        for key in BOOKED:
            line.wait()
            line.press(key)
        line.wait(20)
        assert house.crowd.left == [PHONE]


class TestTrouble:
    def test_an_error_before_the_first_word_gives_the_call_back(self, house: House) -> None:
        house.broken = RuntimeError("no files")
        line = house.asterisk
        line.call()
        line.wait(1)
        assert line.said == ["SET VARIABLE CAREDIAL_NEXT failed", "left to the dialplan"]
        assert len(house.board) == 0

    def test_a_prompt_that_asterisk_cannot_open_is_our_failure(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        line = house.asterisk
        line.call()
        line.wait(1)
        line._finish("200 result=-1 endpos=0")
        line.wait(1)
        assert "Asterisk cannot open it" in caplog.text
        assert house.call_record().outcome == "failed"

    def test_a_call_that_cannot_be_commanded_is_ended(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(1)
        line.mute = True
        line._queue.clear()
        line.wait(30)
        assert line.said[-1] == "we hung up"
        assert house.call_record().outcome == "failed"
        assert len(house.board) == 0

    def test_two_calls_from_one_phone_are_two_people(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press("1", "1")
        line.wait(1)
        kept = dict(house.kept)
        assert kept
        line._queue.clear()
        line._playing = None
        line.uniqueid = "1798736400.2"
        line.call()
        line.wait(1)
        assert "继续" not in spoken(house)[-1]
        line.press("2")
        line.wait(1)
        assert house.kept == kept  # the first caller's, untouched

    def test_hidden_numbers_are_nobodys(self, house: House) -> None:
        line = house.asterisk
        line.call("00000000")
        line.wait(20)
        assert any("没有收到您的电话号码" in text for text in spoken(house))


class TestNotServed:
    def test_with_prompts_missing_the_dialplan_gets_the_call_back(
        self, house: House, caplog: pytest.LogCaptureFixture
    ) -> None:
        house.missing = 3
        line = house.asterisk
        line.call()
        line.wait(1)
        assert line.said == ["SET VARIABLE CAREDIAL_NEXT unavailable", "left to the dialplan"]
        assert "3 prompts are missing (`caredial prompts build`)" in caplog.text

    def test_when_they_are_built_the_next_call_is_answered(self, house: House) -> None:
        house.missing = 3
        line = house.asterisk
        line.call()
        line.wait(1)
        house.missing = 0
        line.wait(15)
        line.uniqueid = "1798736400.2"
        line.call()
        line.wait(1)
        assert spoken(house)

    def test_more_calls_than_are_set_go_back(self, house: House) -> None:
        house.settings = house.settings.model_copy(update={"calls": 1})
        house.open()
        line = house.asterisk
        line.call()
        line.wait(1)
        line.uniqueid = "1798736400.2"
        line.call()
        line.wait(0.2)
        assert house.counted[-1] == "busy"


class TestTakenUp:
    @pytest.mark.parametrize("new_gateway", [True, False])
    def test_a_call_goes_on_at_the_same_question(self, house: House, new_gateway: bool) -> None:
        line = house.asterisk
        line.call()
        line.press("1", "1", "1")
        line.wait(2)
        house.board.down(line)
        line.park()
        if new_gateway:
            house.open()
        else:
            house.board.up(line)
        line.wait(1)
        assert spoken(house)[-1].startswith("线路中断，已为您接回。 请选择时段")
        line.press("1", "1", "1")
        line.wait(20)
        assert len(house.rows(Visit)) == 1
        record = house.call_record()
        assert (record.outcome, record.id) == ("done", 1)

    def test_a_call_that_ended_meanwhile_counts_as_lost(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.wait(2)
        house.board.down(line)
        house.open()
        line.wait(1)
        assert house.call_record().outcome == "lost"

    def test_what_was_answered_before_a_hang_up_can_be_gone_on_with_in_another_call(self, house: House) -> None:
        line = house.asterisk
        line.call()
        line.press("1", "1", "1")
        line.wait(2)
        line.hang_up()
        line.wait(1)
        line.uniqueid = "1798736400.2"
        line.call()
        line.wait(2)
        assert "继续上次的预约" in spoken(house)[-1]
        line.press("1")
        line.wait(1)
        assert spoken(house)[-1].startswith("请选择时段")


def test_a_menu_of_more_than_nine_is_read_in_pages_of_eight(house: House) -> None:
    def many(session: Any) -> None:
        for number in range(2, 12):
            session.add(Centre(code=f"C{number}", name_zh=f"中心{number}", name_en=f"Centre {number}"))
            session.flush()
            session.add(Department(centre_id=number, code="QK", name_zh="全科", name_en="GP"))
        session.add_all(
            ClinicSession(
                department_id=department,
                day=NOW.date(),
                half="am",
                starts=NOW.time(),
                ends=NOW.replace(hour=12).time(),
                capacity=5,
                fee=0,
                release_at=NOW,
            )
            for department in range(2, 12)
        )
        subscribers.known(session, PHONE, NOW).last_centre_id = 1

    house.store.run_now(many)
    line = house.asterisk
    line.call()
    line.press("1")
    line.wait(1)
    assert "更多选项 ，请按9" in spoken(house)[-1]
    line.press("9")
    line.wait(1)
    assert spoken(house)[-1].startswith("请选择中心。")
    assert "更多" not in spoken(house)[-1]
    line.press("*")
    line.wait(1)
    assert "更多选项 ，请按9" in spoken(house)[-1]
    line.press("9", "3")
    line.wait(1)
    assert spoken(house)[-1].startswith("请选择科室")


def test_an_entry_that_needs_letters_is_no_entry_of_the_hotline(settings: IvrSettings, house: House) -> None:
    house.settings = settings.model_copy(update={"menu": ["bok"]})
    with pytest.raises(ValueError, match="no such entry of the menu: bok; did you mean book"):
        house.open()
