"""The words that a text with a reading is made of, as tables. All are simplified characters and small letters."""

from __future__ import annotations


def _table(words: str) -> tuple[str, ...]:
    return tuple(words.split("|"))


# Traditional characters of these words; one for one, so that places in the text stay the same.
TRADITIONAL = str.maketrans(
    "壓飯後時點脈醫縮張藥個單號樓歲體溫膽電話開關頻頭剛測為聲數說視無側勁氣悶難運動嘔劇"
    "誰這樣過還沒兩雙們塊條幾錢紅發現鐘間覺壺顫暈飲錶厲嚴腦癱脹識臟濁竄鬧痠緊閉亂斷顱並邊",
    "压饭后时点脉医缩张药个单号楼岁体温胆电话开关频头刚测为声数说视无侧劲气闷难运动呕剧"
    "谁这样过还没两双们块条几钱红发现钟间觉壶颤晕饮表厉严脑瘫胀识脏浊窜闹酸紧闭乱断颅并边",
)

# What a number is of. Those in the second line are how the first are mistyped.
BP = _table("血压值|血压|高低压|上下压|blood pressure|bloodpressure|b.p.|b.p|b p|bp|pressure|xueya")
BP_TYPED = _table(
    "雪压|血牙|血亚|雪亚|血呀|血丫|血雅|血押|雪牙|学压|血圧|bloood pressure|blod pressure|bolod pressure|"
    "blood presure|blood pressur|presure"
)
HIGH = _table("收缩压|高压|上压|大压|收缩期|高的|上面的|systolic|sbp|sys|upper|top|high")
HIGH_TYPED = _table("高牙|高亚|高雅|收缩呀|收宿压|收索压|sistolic|systollic|systolick")
LOW = _table("舒张压|低压|下压|小压|舒张期|低的|下面的|diastolic|dbp|dia|lower|bottom|low")
LOW_TYPED = _table("低牙|底压|低亚|抵压|舒张呀|舒长压|diastollic|dyastolic|diastolick")
PULSE = _table("脉搏|心率|心跳|脉率|pulse|pul|heart rate|heartrate|hr|pr|p|脉")
PULSE_TYPED = _table("脉博|脉膊|心律|puls")
SUGAR = _table("血糖值|血糖|葡萄糖|blood sugar|bloodsugar|blood glucose|glucose|glu|sugar|bs|bg|xuetang")
SUGAR_TYPED = _table("雪糖|血唐|血塘|血堂|血搪|学糖|雪唐|血汤|suger|glucos|gluc|glucoze")
FASTING = _table(
    "空腹|空肚子|空肚|早饭前|早餐前|饭前|餐前|没吃饭|fasting|fasted|before breakfast|before meal|before meals|"
    "before food|fbg|fpg|fbs"
)
FASTING_TYPED = _table("空复|空服|空府|fastin|fasing")
AFTER = _table("早饭后|早餐后|午饭后|午餐后|晚饭后|晚餐后|中饭后|餐后|饭后|吃完饭|吃过饭")
AFTER_EN = _table(
    "after meal|after a meal|after meals|after breakfast|after lunch|after dinner|after food|after eating|"
    "post meal|postprandial|2hpp|ppg|ppbg|ppbs"
)
AFTER_TYPED = _table("饭候|餐候")

# Not a label, but two numbers after it are a pressure.
MEASURED = _table(
    "量得|量了|量的|量出来|测得|测了|测的|测出来|刚量|刚测|自测|量|测|高血压|measured|reading|my reading|result"
)

# Between a label and its number these say nothing.
FILLERS = _table(
    "是|为|有|到|到了|达到|大概|大约|差不多|约|在|了|就是|分别是|分别为|分别|今天|今早|刚才|现在|早上|早晨|"
    "上午|中午|下午|傍晚|晚|早|的|又|都|还|只有|升到|高达|降到|降至|升至|涨到|掉到|变成|等于|显示|结果|数值|"
    "值|偏高|偏低|有点高|很高|"
    "太高|多|左右|上下|高|低|您好|你好|医生|大夫|谢谢|请问|is|was|are|of|about|around|reads|my|the|this|today|"
    "morning|"
    "evening|now|at|equals|level|value|hi|hello|doctor|thanks|please|and|it|up|to"
)

# Two numbers with one of these between are a pair.
OVER = _table("over|ver|oover|ovver|overr|oveer|ove|ovr|oer|pver|iver|o ver|ov er|ove r|比")
STRONG = ("/", "\\", "／", "÷", "╱", "∕", "⁄", "丨", "〡", *OVER)
WEAK = tuple("-—–~,、:.=+*|和至&()[]【】<>“”`\"'\n")
STOPS = ("。", "!", "?", ";", "…")

# What counts something else: the number before it is no reading.
COUNTERS = _table(
    "片|粒|颗|支|盒|瓶|袋|包|次|遍|周岁|岁|号|日|天(?!天)|周(?!周)|月(?!月)|个|年(?!年)|楼|层|室|栋|幢|单元|弄|"
    "路|元|块|毛|斤|公斤|千克|厘米|公里|千米|米(?!汞)|步|分钟|小时|秒|度|毫升|单位|位|人|床|车|级|期|克|毫克(?!/)|分|"
    "星期|门|栏|排|座|倍|条|版"
)
COUNTERS_EN = _table(
    r"%|℃|°c|°|kg|cm|km|min|mins|minutes|hours?|hrs?(?!\s?[:=]?\s?[0-9])|days?|weeks?|months?|years?|yrs?|"
    "pills?|tablets?|tabs?|times|times?|mg(?![a-z]*/)|ml|iu|yuan|rmb|steps|st|nd|rd|th|people|street|road|"
    "avenue"
)

# What a number after them is of: not of a pressure or of glucose.
OTHERS = _table(
    "体温|体重|身高|腰围|年龄|血氧|糖化血红蛋白|糖化|胆固醇|尿酸|血脂|甘油三酯|肌酐|编号|号码|卡号|床号|房号|"
    "房间|工号|验证码|电话|手机|身份证号|身份证|门牌|密码|邮编|排队号|预约号|订单|第|代码|暗号|版本|二甲双胍|"
    "胰岛素|spo2|bmi|temperature|temp|weight|height|age|aged|hba1c|cholesterol|uric acid|room|code|version|"
    "number|no.|id|#|¥|$|rmb|phone|tel|mobile|bus|queue|ticket|postcode|apt|flat|insulin|metformin|order|qq|"
    "微信"
)

# They hold the word of a label and are none.
NOT_LABELS = _table(
    "高血压药|血压药|降压药|血压计|血压仪|血糖药|降糖药|血糖仪|血糖试纸|试纸|血糖计|还是|低血压|高血糖|低血糖|"
    "blood pressure monitor|blood pressure pills|blood pressure medicine|blood sugar monitor|glucose meter|"
    "glucose strips|high blood pressure|low blood pressure|high blood sugar|low blood sugar"
)
