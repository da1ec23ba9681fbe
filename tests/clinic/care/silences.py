"""Texts without any reading, made with a seed: choices, names, addresses, numbers of all kinds, days, chat."""

from __future__ import annotations

import random


def _table(words: str) -> list[str]:
    return words.split("|")


HELLO = ["", "", "", "医生您好，", "你好 ", "Hi, ", "大夫，", "请问"]
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙", ["秀英", "建国", "丽", "伟", "桂兰", "志强", "雨桐", "敏", "春花"]
ROADS = ["和平路", "建设街", "东苑小区", "解放路", "Renmin Road", "幸福里", "人民东路", "长江大道"]
IDS = ["110101202301310014", "110101195808142424", "130102202002290033", "360426199101010071", "11010119580814242X"]

CHAT = _table(
    "好的，谢谢|收到|我明天上午来|请问几点开门|预约取消吧|OK thanks|什么时候打疫苗|今天人多吗|"
    "药吃完了，还能开吗|医生在吗？|我想预约全科|血压高要注意什么|血糖仪坏了怎么办|血压计在哪里买|"
    "忘记量血压了|今天没测血糖|can I come tomorrow|I want to book a visit|when do you open|please stop|退订|"
    "TD|帮助|help|菜单|menu|是|否|yes|no|Y|高血压药吃完了|降压药一天吃几次|血糖有点高|血压还行|血压正常|"
    "测完再发给您|孩子发烧了能打针吗|我不是张建国|打错了|一会儿就到|十分感谢|一直排队吗|三天后来可以吗|"
    "blood pressure pills finished|百货大楼对面|how do I send my blood pressure|收到，二十分钟后到|"
    "你们星期六上班吗|一百个人排队|两次都没接到电话|排到三百多号了|空腹来吗|饭后可以抽血吗|血压药换了一种|"
    "心跳正常|高压锅煮的粥能喝吗|我妈住3楼，走不动|降糖药饭前吃还是饭后吃|测血糖要预约吗|比上次好多了|"
    "over and out|the pressure is fine|打120还是110|要拨打120吗|叫120、110都行吗|我今年65了，住12栋150号"
)

DAYS = _table(
    "{y}-{m:02}-{d:02}|{y}/{m}/{d}|{y}.{m}.{d}|{y}年{m}月{d}日|{m}月{d}日|{m}/{d}|{d}/{m}/{y}|{d}号上午|"
    "{m}-{d}|{y}{m:02}{d:02}|生日{y}-{m}-{d}|I come on {m}/{d}|{m}月{d}号下午{h}点来|{h}:{n:02}|{h}点半到|"
    "at {h} pm|{h}:{n:02}-{h}:{n:02}|周三{h}点{n}分|{m}月{d}日{h}:{n:02}到|上午{h}点到{h}点半|{y}年出生|"
    "{y} {m} {d}|{y} {m:02} {d:02}|{m} {d}|"
    "{d}日前|{m}/{d} {h}:{n:02}"
)

ADDRESSES = _table(
    "{road}{a}号{b}栋{c}室|{road}{a}弄{b}号{c}室|{b}-{e}-{c}|{road} {a}-{b}号|{a} {road}, flat {b}|"
    "我住{road}{a}号|{road}{b}单元{c}|坐{a}路车到{road}|{b}楼{c}房间|room {c}|{road}{a}号，离医院{e}.{e}公里|"
    "{b}幢{c}|{road}与建设街口|{c}室|邮编{z}|{road}{a}号院{b}号楼"
)

NUMBERS = _table(
    "{v}|{v0} {v1} {v2}|{v0}-{v1}-{v2}|T码{v}|取号 {v}|{id}|身份证{id}|{a}元|挂号费{a}块吗|¥{a}.50|{a} yuan|"
    "RMB {a}|排队号{b}|我是{b}号|验证码{z}|体温{t}.{e}|体重{w}公斤|身高1{w}cm|我今年{w}岁|{w}岁，体重{a}斤|"
    "吃{e}片，一天{e}次|阿司匹林100mg|二甲双胍0.5g一天{e}次|尿酸{u}|糖化{e}.{e}|走了{u}0步|血氧9{e}|"
    "胰岛素{b}单位|temperature {t}.{e}|take {e} pills {e} times a day|打{e}.{e}折吗|第{b}次|考了{w}分|"
    "{w}/100分|{e}/{d}人|code {z}|ticket {b}|我要{e}盒|充了{a}元话费|身高170，体重{w}|腰围{w}|{a}床|"
    "qq {v0}{v1}|胆固醇{e}.{e}|尺码{b}|{u}毫升|快递{v0}{v1}"
)

CHOICES = _table("{e}|{b}|{e} |＃|0#|选{e}|  {e}。|１|*|{e}\n|{e}.|选项{e}|{a100}|第{e}个|{e},|我选{e}")
PHONES = _table("{p}|+86{p}|{p0} {p1} {p2}|{p0}-{p1}-{p2}|电话{p}|my phone is {p}|打我{p}|0755-2{v0}{v1}")
PEOPLE = _table("{name}|我是{name}|{name} {id}|{name} {p}|Wang Fang|{name}，{w}岁|{name} {e}|患者{name}，{y}年生")
KINDS = [CHAT, DAYS, ADDRESSES, NUMBERS, CHOICES, PHONES, PEOPLE]


def silences(count: int, seed: int) -> list[str]:
    dice = random.Random(seed)
    return [_silence(dice) for _ in range(count)]


def _silence(dice: random.Random) -> str:
    kind = dice.choice(KINDS)
    phone, voucher = f"154{dice.randrange(10**8):08}", f"{dice.randrange(10**12):012}"
    text = dice.choice(kind).format(
        y=dice.randint(1940, 2029), m=dice.randint(1, 12), d=dice.randint(1, 28), h=dice.randint(1, 12),
        n=dice.randint(0, 59), a=dice.randint(1, 320), b=dice.randint(1, 40), c=dice.randint(101, 3200),
        e=dice.randint(1, 9), w=dice.randint(40, 99), t=dice.randint(36, 39), u=dice.randint(100, 900),
        z=f"{dice.randrange(10**6):06}", a100=dice.randint(10, 150), id=dice.choice(IDS), road=dice.choice(ROADS),
        name=dice.choice(SURNAMES) + dice.choice(GIVEN), p=phone, p0=phone[:3], p1=phone[3:7], p2=phone[7:],
        v=voucher, v0=voucher[:4], v1=voucher[4:8], v2=voucher[8:],
    )  # fmt: skip
    if kind is CHAT:
        text = dice.choice(HELLO) + text + dice.choice(["", "。", "！", "？", "\n张建国", "，谢谢", "…"])
    return text.translate(WIDE) if dice.random() < 0.1 else text


WIDE = str.maketrans("0123456789/.:-", "０１２３４５６７８９／．：－")
