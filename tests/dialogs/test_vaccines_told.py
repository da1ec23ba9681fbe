"""What the phone on record may ask: what is next and why, a place for it, contraindications, knowledge."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import update

from clinic.immunizations import VACCINES
from clinic.tables import Question, RelatedPerson
from conf import texts
from conf.texts import LANGUAGES, Language
from dialogs.vaccines import vaccine_record
from dialogs.vaccines.knowledge import OF_VACCINES, TOPICS
from smpp import segments
from tests.dialogs.told_family import NEWBORN, contraindicated, on_record, vaccinates

MENU = "周*宝的疫苗\n1.该种什么\n2.接种记录\n3.预约接种\n4.禁忌记录\n5.疫苗知识\n"
COMING = (
    "> 1\n周*宝要种的疫苗\n1.脊灰灭活疫苗第1剂 可接种\n2.百白破疫苗第1剂 可接种\n3.乙肝疫苗第3剂 3月20日周六起\n"
    "4.A群流脑多糖疫苗第1剂 3月20日周六起\n5.麻腮风疫苗第1剂 5月20日周四起\n6.乙脑减毒活疫苗第1剂 5月20日周四起\n0<\n"
)
DTAP = (
    "> 2\n百白破疫苗第1剂\n满2个月（2026-11-20）\n今日可接种\n以门诊医生的判断为准。\n"
    "要做什么？\n1.预约\n2.了解这种疫苗\n3.短信发送全部理由\n0<\n"
)
# All that is given until four years, by the days of life.
ALL_BUT_SIX_YEARS = (
    *NEWBORN, ("HepB", 184), ("IPV", 62), ("IPV", 93), ("bOPV", 124), ("bOPV", 1465), ("DTaP", 95), ("DTaP", 130),
    ("DTaP", 165), ("DTaP", 560), ("MPSV-A", 190), ("MPSV-A", 300), ("MMR", 250), ("MMR", 560), ("JE-L", 250),
    ("JE-L", 740), ("HepA-L", 560), ("MPSV-AC", 1100),
)  # fmt: skip
TUESDAY, WEDNESDAY = dt.date(2026, 11, 24), dt.date(2026, 11, 25)


@pytest.fixture
def child(house: Any) -> int:
    return int(house.store.run_now(on_record, *NEWBORN, moment=house.moment))


class TestComing:
    def test_what_is_next_and_why(self, caller: Any, child: int) -> None:
        assert caller.talk(vaccine_record, "1", "2") == f"{MENU}{COMING}{DTAP}(gone)\n"

    def test_all_reasons_by_sms(self, caller: Any, house: Any, child: int) -> None:
        assert caller.talk(vaccine_record, "1", "2", "3").endswith("> 3\n全部理由将以短信发送。\n(end)\n")
        assert house.messages() == [
            "周*宝：百白破疫苗第1剂\n第1剂：百白破疫苗\n满2个月（2026-11-20）\n今日可接种\n应在2026-12-20前完成\n"
            "依据2025-01-01起施行的免疫程序\n以门诊医生的判断为准。"
        ]

    def test_what_the_vaccine_is_for(self, caller: Any, child: int) -> None:
        said = caller.talk(vaccine_record, "1", "2", "2")
        assert said.endswith(f"> 2\n{texts.say('zh', 'know.dtap')}\n(end)\n")

    def test_a_live_vaccine_before_is_the_reason_to_wait(self, caller: Any, house: Any) -> None:
        born = dt.date(2026, 3, 1)
        house.store.run_now(on_record, *NEWBORN, ("MMR", 260), born=born, moment=house.moment)
        said = caller.talk(vaccine_record, "1", "5")
        assert "5.乙脑减毒活疫苗第1剂 12月14日周一起" in said
        assert "距2026-11-16接种的麻腮风疫苗至少28天（2026-12-14），同日接种除外\n2026-12-14起可接种\n" in said

    def test_a_lone_dose_is_not_asked_for(self, caller: Any, house: Any) -> None:
        house.store.run_now(on_record, *ALL_BUT_SIX_YEARS, born=dt.date(2022, 9, 15), moment=house.moment)
        assert caller.talk(vaccine_record, "1") == (
            f"{MENU}> 1\n百白破疫苗第5剂\n满6周岁（2028-09-15）起用百白破疫苗\n"
            "2028-09-15起可接种\n以门诊医生的判断为准。\n"
            "要做什么？\n1.预约\n2.了解这种疫苗\n3.短信发送全部理由\n0<\n(gone)\n"
        )

    def test_who_is_not_told_any_more_is_not_offered_it(self, caller: Any, house: Any, child: int) -> None:
        house.store.run_now(lambda s: s.execute(update(RelatedPerson).values(is_told=False)) and None)
        assert caller.talk(vaccine_record) == "周*宝的疫苗\n1.接种记录\n2.疫苗知识\n(gone)\n"


class TestBooking:
    def test_a_place_for_what_can_be_given_first(self, caller: Any, house: Any, child: int) -> None:
        house.store.run_now(vaccinates, TUESDAY, WEDNESDAY)
        assert caller.talk(vaccine_record, "3", "2", "1", "1") == (
            f"{MENU}> 3\n选择日期\n1.11月24日周二 余30\n2.11月25日周三 余30\n0<\n"
            "> 2\n选择时段\n1.上午08:00 0元 余30\n0<\n"
            "> 1\n确认预约？\n东苑社区卫生服务中心 儿童保健\n11月25日周三上午08:00\n周*宝 0元\n1.确认\n2.取消\n0<\n"
            "> 1\n预约成功，第1号。\n东苑社区卫生服务中心 儿童保健\n11月25日周三上午08:00\n"
            "T码将以短信发送，到院扫码。\n(end)\n"
        )
        assert house.visits() == [("周小宝", 6, 1, "booked")]
        assert house.messages()[0].startswith(
            "预约成功：东苑社区卫生服务中心儿童保健，11月25日周三上午08:00，第1号。T码"
        )

    def test_only_days_from_which_it_can_be_given(self, caller: Any, house: Any, child: int) -> None:
        house.store.run_now(contraindicated, child, "all", "fever", dt.date(2026, 11, 20), TUESDAY)
        house.store.run_now(vaccinates, TUESDAY, WEDNESDAY)
        said = caller.talk(vaccine_record, "3")
        assert said.endswith("> 3\n11月25日周三起可以接种。\n选择日期\n1.11月25日周三 余30\n0<\n(gone)\n")

    def test_who_has_a_place_is_told_of_it(self, caller: Any, house: Any, child: int) -> None:
        house.store.run_now(vaccinates, TUESDAY)
        caller.talk(vaccine_record, "3", "1", "1", "1")
        assert caller.talk(vaccine_record, "3").endswith("> 3\n周*宝已约11月24日周二上午儿童保健，第1号。\n(end)\n")

    def test_there_is_none(self, caller: Any, house: Any, child: int) -> None:
        assert caller.talk(vaccine_record, "3").endswith(
            "东苑社区卫生服务中心目前没有可约的接种号。请稍后再试，或拨打12580、到门诊询问。\n(end)\n"
        )

    def test_all_are_taken(self, caller: Any, house: Any, child: int) -> None:
        house.store.run_now(vaccinates, TUESDAY, capacity=0)
        assert caller.talk(vaccine_record, "3").endswith(
            "东苑社区卫生服务中心的接种号已约满。请稍后再试，或拨打12580、到门诊询问。\n(end)\n"
        )

    def test_the_last_place_went_while_it_was_confirmed(self, caller: Any, house: Any, child: int) -> None:
        house.store.run_now(vaccinates, TUESDAY, capacity=1)
        said = caller.talk(vaccine_record, "3", "1", "1", lambda: house.fill(5), "1")
        assert said.endswith("东苑社区卫生服务中心的接种号已约满。请稍后再试，或拨打12580、到门诊询问。\n(end)\n")
        assert house.visits() == []

    def test_no_centre_is_on_record(self, caller: Any, house: Any) -> None:
        house.store.run_now(on_record, *NEWBORN, centre=None, moment=house.moment)
        assert caller.talk(vaccine_record, "3").endswith("没有登记接种门诊。请拨打12580，或到中心窗口登记。\n(end)\n")

    def test_what_was_asked_about_the_child_is_answered_by_it(self, caller: Any, house: Any, child: int) -> None:
        def ask(session: Any) -> None:
            for subject in (child, 999):
                session.add(
                    Question(
                        occasion=f"q{subject}", phone="+8615400000001", kind="vaccine", subject={"resident": subject},
                        asked_at=house.moment, expires_at=house.moment + dt.timedelta(days=3),
                    )
                )  # fmt: skip

        house.store.run_now(ask)
        house.store.run_now(vaccinates, TUESDAY)
        caller.talk(vaccine_record, "3", "1", "1", "1")
        answers = house.store.run_now(lambda s: [row.answer for row in s.query(Question).order_by(Question.id)])
        assert answers == ["1", ""]


class TestContraindications:
    def test_those_that_hold_with_their_reason(self, caller: Any, house: Any, child: int) -> None:
        house.store.run_now(contraindicated, child, "live", "immune_deficiency", dt.date(2026, 10, 1))
        house.store.run_now(contraindicated, child, "all", "fever", dt.date(2026, 11, 20), TUESDAY)
        house.store.run_now(contraindicated, child, "DTaP", "severe_allergy", dt.date(2026, 9, 30))
        house.store.run_now(contraindicated, child, "all", "fever", dt.date(2026, 9, 20), dt.date(2026, 9, 25))
        assert caller.talk(vaccine_record, "4").endswith(
            "> 4\n所有疫苗：发热，到2026年11月24日周二为止\n减毒活疫苗：免疫缺陷，2026年10月1日周四起，长期\n"
            "百白破疫苗：接种后严重过敏反应，2026年9月30日周三起，长期\n以门诊医生的判断为准。\n(end)\n"
        )

    def test_there_is_none(self, caller: Any, child: int) -> None:
        assert "没有登记禁忌" in caller.talk(vaccine_record, "4")


class TestKnowledge:
    def test_a_topic(self, caller: Any, child: int) -> None:
        said = caller.talk(vaccine_record, "5", "3")
        assert "1.接种后的正常反应\n2.接种后何时就医\n3.哪些情况不能接种\n4.漏种了怎么办\n5.乙肝疫苗\n" in said
        assert said.endswith(f"{texts.say('zh', 'know.not_given')}\n(end)\n")

    def test_a_vaccine(self, caller: Any, child: int) -> None:
        assert caller.talk(vaccine_record, "5", "6").endswith(f"{texts.say('zh', 'know.bcg')}\n(end)\n")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_text_fits_three_sms_and_sends_to_the_clinic(self, language: Language) -> None:
        assert set(OF_VACCINES) == set(VACCINES)
        for topic in (*(f"know.{topic}" for topic in TOPICS), *OF_VACCINES.values(), "know.other"):
            said = texts.say(language, topic)
            assert segments.count(said) <= 3, topic
            assert any(word in said for word in ("医生", "护士", "doctor", "nurse", "clinic", "就医")), topic
