"""Readings out of texts, as people write them: what is read, what is asked for, and what is left alone."""

from __future__ import annotations

import datetime as dt

import pytest

from clinic.care.reading_text import Glucose, Pressure, Unclear, Understood, read
from conf.norms import norms

NORMS = norms(dt.date(2027, 3, 8))


def told(text: str) -> Understood:
    found = read(text, NORMS)
    assert found is not None, text
    return found


def only(text: str) -> Pressure | Glucose:
    found = told(text)
    assert len(found.readings) == 1, found
    assert not found.unclear, found
    return found.readings[0]


def asked(text: str) -> Unclear:
    found = told(text)
    assert not found.readings, found
    assert len(found.unclear) == 1, found
    return found.unclear[0]


@pytest.mark.parametrize(
    "text",
    [
        "血压150/95",
        "BP 150 95",
        "高压150低压95",
        "150/95",
        "低压95高压150",
        "收缩压150舒张压95",
        "上压150下压95",
        "血压:150-95",
        "血压：150－95",
        "高压一百五十低压九十五",
        "血压一百五，九十五",
        "一五零/九五",
        "１５０／９５",
        "血壓150/95",
        "150/95/",
        "血压150比95",
        "blood pressure 150 over 95",
        "SYS:150 DIA:95",
        "top 150 bottom 95",
        "150高压95低压",
        "高150低95",
        "血压（150/95）",
        "血压150 / 95 mmHg",
        "今天早上7点量的血压是150/95",
        "血压150,95",
        "王秀英 150 95",
        "血压\n150\n95",
        "高压/低压：150/95",
        "2026-11-28 血压150/95",
        "11/28 150/95",
        "血压150/95，吃了2片药",
        "15400000001 150/95",
        "110101195808142424 血压150/95",
        "血压150一95",
        "7:30 150/95",
        "血压药没了，今天150/95",
        "高压锅坏了，血压150/95",
        "餐后血压150/95",
        "血压150/95，体重65，血氧98",
        "昨晚上压150下压95",
    ],
)
def test_a_pressure_is_read_as_people_write_it(text: str) -> None:
    assert only(text) == Pressure(150, 95)


@pytest.mark.parametrize(
    "text",
    [
        "150 95 72",
        "150/95/72",
        "血压150/95 脉搏72",
        "血压150/95，心率72次/分",
        "脉搏72 血压150/95",
        "高压150低压95心跳72",
        "BP150/95P72",
        "高压150 脉搏72 低压95",
        "BP: 150/95 mmHg, pulse: 72 bpm",
        "血压150/95/心率72",
        "150，95，72",
        "高压一百五低压九十五脉搏七十二",
    ],
)
def test_the_pulse_belongs_to_its_pressure(text: str) -> None:
    assert only(text) == Pressure(150, 95, 72)


@pytest.mark.parametrize(
    ("text", "meal"),
    [
        ("血糖5.3", "unknown"),
        ("空腹血糖5.3", "fasting"),
        ("血糖空腹5.3", "fasting"),
        ("GLU 5.3 mmol/L", "unknown"),
        ("sugar 5.3", "unknown"),
        ("fasting 5.3", "fasting"),
        ("餐后2小时血糖5.3", "after_meal"),
        ("饭后 5.3", "after_meal"),
        ("5.3 mmol/L", "unknown"),
        ("血糖五点三", "unknown"),
        ("血糖5点3", "unknown"),
        ("5.3 血糖", "unknown"),
        ("早上7点血糖5.3", "unknown"),
        ("飯後血糖5.3", "after_meal"),
        ("5.3（空腹）", "fasting"),
        ("blood sugar before breakfast 5.3", "fasting"),
        ("2 hours after lunch sugar 5.3", "after_meal"),
        ("血糖今天早上是５．３", "unknown"),
        ("血糖值：5.3毫摩尔/升", "unknown"),
        ("空腹血糖 5.30", "fasting"),
    ],
)
def test_glucose_is_read_in_tenths_with_its_meal(text: str, meal: str) -> None:
    assert only(text) == Glucose(53, meal)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("95/150", Pressure(150, 95, notes=("swapped",))),
        ("高压95低压150", Pressure(150, 95, notes=("swapped",))),
        ("20/12.7kPa", Pressure(150, 95, notes=("from_kpa",))),
        ("20kPa/12kPa", Pressure(150, 90, notes=("from_kpa",))),
        ("血糖96mg/dl", Glucose(53, notes=("from_mg_dl",))),
        ("fasting glucose 126 mg/dL", Glucose(70, "fasting", ("from_mg_dl",))),
        ("雪压150/95", Pressure(150, 95, notes=("typo",))),
        ("血牙150/95", Pressure(150, 95, notes=("typo",))),
        ("血压l50/95", Pressure(150, 95, notes=("typo",))),
        ("血压15O/95", Pressure(150, 95, notes=("typo",))),
        ("血压150.95", Pressure(150, 95, notes=("typo",))),
        ("血唐5.3", Glucose(53, notes=("typo",))),
        ("血糖5.34", Glucose(53, notes=("rounded",))),
    ],
)
def test_what_is_mended_is_told(text: str, reading: Pressure | Glucose) -> None:
    assert only(text) == reading


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("血压150/95 血糖5.3", (Pressure(150, 95), Glucose(53))),
        ("空腹5.3餐后8.1，血压150/95", (Glucose(53, "fasting"), Glucose(81, "after_meal"), Pressure(150, 95))),
        ("早上血压150/95，晚上160/100", (Pressure(150, 95), Pressure(160, 100))),
        ("血压 150 95 160 100", (Pressure(150, 95), Pressure(160, 100))),
        ("150/95.148/92", (Pressure(150, 95), Pressure(148, 92))),
        ("第一次152/92 78，第二次148/90 76", (Pressure(152, 92, 78), Pressure(148, 90, 76))),
        ("血糖：早5.3，中6.1，晚7.2", (Glucose(53), Glucose(61), Glucose(72))),
        ("5.3（空腹）8.1（餐后）", (Glucose(53, "fasting"), Glucose(81, "after_meal"))),
    ],
)
def test_several_readings_come_in_their_order(text: str, readings: tuple[object, ...]) -> None:
    assert told(text).readings == readings
    assert told(text).unclear == ()


@pytest.mark.parametrize(
    ("text", "why", "understood", "urgent"),
    [
        ("1 50/95", "split", "150/95", False),
        ("血压1 80/110", "split", "180/110", True),
        ("150/9 5", "split", "150/95", False),
        ("血压 1 5 0 / 9 5", "split", "150/95", False),
        ("血压15095", "run_together", "150/95", False),
        ("血压185110", "run_together", "185/110", True),
        ("血压15/9", "unit", "150/90", False),
        ("血压18/11", "unit", "180/110", True),
        ("血压20/12.7", "unit", "150/95", True),
        ("24/15", "unit", "240/150", True),
        ("血糖96", "unit", "96 mg/dL", False),
        ("血糖167", "unit", "167 mg/dL", True),
        ("血糖53", "unit", "53 mg/dL", True),
        ("血压50/95", "short", "150/95", False),
        ("血压85/95", "short", "185/95", True),
        ("血压120/120", "equal", "120/120", True),
        ("血压1800/110", "out_of_range", "1800/110", True),
        ("血压150/9", "out_of_range", "150/9", False),
        ("血糖0.5", "out_of_range", "0.5", True),
        ("高压180", "only_systolic", "180", True),
        ("血压150", "only_systolic", "150", False),
        ("低压115", "only_diastolic", "115", True),
        ("心率72", "only_pulse", "72", False),
        ("150-160/90-95", "range", "150-160/90-95", False),
        ("血压180~190/110", "range", "180~190/110", True),
        ("血压在160到170之间", "range", "160到170", False),
        ("血糖5.3/8.1", "two_values", "5.3/8.1", False),
        ("血糖6。8", "split", "6.8", False),
        ("血糖1 8.2", "split", "18.2", True),
        ("5.3", "no_label", "5.3", False),
        ("18.2", "no_label", "18.2", True),
        ("血糖HI", "off_scale", "HI", True),
        ("血糖仪显示Lo", "off_scale", "Lo", True),
        ("我妈今天180 110怎么办", "no_label", "180/110", True),
        ("185", "only_systolic", "185", True),
        ("bp one eighty over one ten", "not_understood", "one eighty over one ten", True),
        ("血压升到190了怎么办", "only_systolic", "190", True),
        ("血压160。115", "only_systolic", "160", True),
        ("血压一百五十九十五", "not_understood", "一百五十九十五", True),
        ("血压由180降到150", "range", "180降到150", True),
        ("血压从150升到160", "range", "150升到160", False),
        ("167 over 1135", "out_of_range", "167/1135", True),
    ],
)
def test_what_is_not_sure_is_asked_for(text: str, why: str, understood: str, urgent: bool) -> None:
    found = asked(text)
    assert (found.why, found.understood, found.maybe_emergency) == (why, understood, urgent)
    assert told(text).maybe_emergency is urgent


def test_a_reversed_pair_that_may_lack_its_hundred_may_be_an_emergency() -> None:
    assert told("血压80/110") == Understood((Pressure(110, 80, notes=("swapped",)),), maybe_emergency=True)
    assert not told("95/150").maybe_emergency


def test_a_numeral_that_nobody_can_read_for_sure_may_be_an_emergency() -> None:
    for text in ("高压一百 九十八，低压九十五", "血压一百六六十三，一百二十六", "血压一百十七，八十九"):
        assert not told(text).readings
        assert told(text).maybe_emergency


def test_a_decimal_behind_a_pressure_is_asked_for() -> None:
    found = told("血压150 95 18.2")
    assert found.readings == (Pressure(150, 95),)
    assert found.unclear == (Unclear("no_label", "18.2", True),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1",
        "3",
        "150",
        "0",
        "2016-01-28",
        "11/28",
        "15412345678",
        "154 1234 5678",
        "150元",
        "¥150.50",
        "110101195808142424",
        "123456789012",
        "1234 5678 9012",
        "1234-5678-9012",
        "好的",
        "OK",
        "7:30",
        "下午3点半",
        "3号",
        "体温36.8",
        "糖化6.5",
        "尿酸420",
        "血压是多少",
        "血压高怎么办",
        "血糖仪坏了",
        "我在150 95路公交站",
        "中山路150-95号",
        "12-3-402",
        "吃1/2片",
        "95/100分",
        "24/7",
        "9/11",
        "1/2",
        "十分感谢",
        "三天后来",
        "一百个人",
        "第3次",
        "验证码150095",
        "王秀英",
        "Wang Fang",
        "room 150",
        "离医院3.5公里",
        "二甲双胍0.5",
        "没有胸痛",
        "no chest pain or nausea",
    ],
)
def test_what_is_no_reading_is_none(text: str) -> None:
    assert read(text, NORMS) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("王秀英 血压150/95", "王秀英"),
        ("血压150/95 王秀英", "王秀英"),
        ("医生您好，我妈今天血压150/95，吃药了", "医生您好,我妈今天,吃药了"),
        ("Wang Xiuying bp 150/95 pulse 72", "Wang Xiuying"),
        ("張三 血壓150/95", "張三"),
        ("血压150/95", ""),
        ("150/95 5.3mmol/L", ""),
    ],
)
def test_what_is_left_is_given_back(text: str, rest: str) -> None:
    assert told(text).rest == rest


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("胸痛", ("chest_pain",)),
        ("胸 口 很 闷，喘不过气", ("breathless",)),
        ("胸闷得厉害，血压150/95", ("chest_tightness",)),
        ("头痛得很厉害", ("headache",)),
        ("说话不清，一侧无力", ("speech", "weakness")),
        ("心慌出汗", ("palpitations",)),
        ("叫不醒了", ("unconscious",)),
        ("頭痛得厲害，嘔吐", ("headache", "vomiting")),
        ("I have chest pain and blurred vision", ("chest_pain", "vision")),
        ("Chest Pain", ("chest_pain",)),
        ("没有胸痛，胸闷得厉害", ("chest_tightness",)),
        ("没有吃药，胸痛", ("chest_pain",)),
        ("血糖2.8，出冷汗", ("low_sugar",)),
        ("no fever but chest pain", ("chest_pain",)),
    ],
)
def test_danger_signs_are_found_with_and_without_a_reading(text: str, signs: tuple[str, ...]) -> None:
    assert told(text).danger == signs


@pytest.mark.parametrize("text", ["没有胸痛、胸闷", "我没胸痛也没有胸闷", "不头痛了", "no chest pain", "头痛", "看病"])
def test_signs_that_are_not_there_are_none(text: str) -> None:
    assert read(text, NORMS) is None
