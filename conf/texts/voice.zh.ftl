### What callers hear in Chinese. `voice` is only ever heard; `voice-visit` says for the ear what `visit` says for the eye.
### Keys and words are the same in voice.en.ftl. A text for the ear needs no word that the one for the eye does not get;
### only a T-code ($number) may be added, and it comes last, so that it can be written down.

## The hotline itself.

voice =
    .welcome = 您好，欢迎致电社区卫生服务热线。
    .choose_own = 中文服务，请按1。
    .press = ，请按{ $key }
    .more = 更多选项
    .back = 返回上一步，请按星号键。
    .to_operator = 人工服务，请按0。
    .emergency_hint = 紧急求助，任何时候请按井号键。
    .repeat = 重听，请按星号键。
    .enter_number = 请按键输入，末位是X的，X请按星号键。
    .speak_name = 请在提示音后说出就诊人姓名，说完请按井号键。
    .menu_again = 返回主菜单，请按1。结束请挂机。
    .calling_operator = 正在为您转接人工服务，请稍候。
    .no_operator = 人工座席暂时无人接听。
    .emergency_calling = 正在接通值班医生，请不要挂机。
    .emergency_failed = 值班电话暂时无人接听。请立即挂机，拨打120。
    .no_duty = 现在没有值班电话。请立即挂机，拨打120。
    .goodbye = 感谢您的来电，再见。
    .full = 线路繁忙，请稍后再拨。
    .hold = 来电较多，已为您排队，请稍候，不要挂机。
    .greet_notice = 您好，这里是社区卫生服务中心，有一条通知给您，收听请按1。
    .notice_again = 重听请按1，结束请挂机。
    .resumed = 线路中断，已为您接回。
    .no_number = 没有收到您的电话号码，请打开来电显示后再拨。
    .plain = { $text }

## Words that several texts share.

voice-half = { $half ->
        [am] 上午
       *[pm] 下午
    }
voice-doctor = { $practitioner ->
        [none] {""}
       *[other] ，{ $practitioner }医生
    }
voice-ahead = { $ahead ->
        [0] 前面没有人
       *[other] 前面还有{ $ahead }人
    }

## The texts of zh.ftl for the ear.

voice-talk =
    .not_understood = 按键有误，请再试一次。
    .unanswered = 没有收到您的按键。
    .too_many = 没有收到有效的按键，请稍后再拨。
    .gone = 该选项已失效，请选择其他选项。
    .changed = 选项有变化，请再选一次。

voice-root =
    .menu = 请选择服务。
    .language = 切换语言

voice-visit =
    .centre = 请选择中心。
    .department = 请选择科室。
    .department_item = { $department }，还有{ $left }个号
    .day = 请选择日期。
    .day_item = { $day }，还有{ $left }个号
    .session = 请选择时段。
    .session_item = { voice-half }{ $starts }{ voice-doctor }，{ $fee }，还有{ $left }个号
    .confirm = 请确认：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }，费用{ $fee }。
    .booked = 预约成功，您是第{ $queue }号。{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }。到院请凭T码取号，您的T码是：{ $number }
    .not_booked = 没有预约。
    .full = 该时段已约满，请选择其他时段。
    .closed = 该时段已停止预约，请选择其他时段。
    .already = 就诊人当天已经预约了这个科室。
    .list = 您有以下预约。
    .item = { $day }{ voice-half }，{ $department }，第{ $queue }号，{ voice-ahead }
    .view = { $name }，第{ $queue }号，{ voice-ahead }。{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }。
    .hear_code = 收听T码
    .code = 您的T码是：{ $number }
    .send_again = 再发一次T码
    .cancel = 取消预约
    .cancel_sure = 您要取消{ $day }{ voice-half }，{ $department }第{ $queue }号吗？
    .code_sent = T码会再发给您一次。
    .code_sms = 您已预约{ $centre }{ $department }，{ $day }{ voice-half }{ $starts }，第{ $queue }号。到院请凭T码取号，您的T码是：{ $number }
    .cancelled_sms = 您的预约已取消：{ $centre }{ $department }，{ $day }{ voice-half }{ $starts }，第{ $queue }号。T码已作废。

voice-resident =
    .self = 本人，{ $name }
    .identity = 请输入{ $name }的十八位身份证号。
    .identity_first = 请输入就诊人的十八位身份证号。
    .spoken_name = 请报姓名。

voice-language =
    .which = 请选择语言。
    .zh = 中文
    .en = 英文
    .set = 已经为您选择中文。

voice-vaccine-name = { $vaccine ->
        [HepB] 乙肝疫苗
        [BCG] 卡介苗
        [IPV] 脊灰灭活疫苗
        [bOPV] 脊灰减毒活疫苗
        [DTaP] 百白破疫苗
        [DT] 白破疫苗
        [MMR] 麻腮风疫苗
        [JE-L] 乙脑减毒活疫苗
        [JE-I] 乙脑灭活疫苗
        [MPSV-A] A群流脑多糖疫苗
        [MPSV-AC] A群C群流脑多糖疫苗
        [HepA-L] 甲肝减毒活疫苗
        [HepA-I] 甲肝灭活疫苗
       *[other] { $vaccine }
    }
voice-vaccine =
    .who = 请选择要查询的人。
    .record = { $name }一共接种了{ $count }剂疫苗，从最近的开始。
    .dose = { voice-vaccine-name }第{ $dose }剂，{ $year }年{ $day }。
    .left = 还有更早的{ $left }剂。
    .more = 收听更早的
    .what = { $name }的疫苗，请选择。
    .which = { $name }要接种的疫苗，请选择。
    .item_now = { $vaccine }第{ $dose }剂，现在可以接种
    .item_overdue = { $vaccine }第{ $dose }剂，应该补种
    .item_later = { $vaccine }第{ $dose }剂，{ $day }起可以接种
    .item_far = { $vaccine }第{ $dose }剂，{ $year }年{ $day }起可以接种
    .view = 请选择。
    .view_book = 预约接种
    .held = { $name }已经预约了{ $day }{ voice-half }，{ $department }，第{ $queue }号。
    .before_sms = { voice-vaccine-child }{ $vaccine }第{ $dose }剂，从{ $day }起，可以到{ $centre }接种。{ vaccine-note }请带好接种证。{ voice-vaccine-book }
    .due_sms = { voice-vaccine-child }{ $vaccine }第{ $dose }剂，现在可以接种，请到{ $centre }。{ vaccine-note }请带好接种证。{ voice-vaccine-book }
    .overdue_sms = { voice-vaccine-child }{ $vaccine }第{ $dose }剂，已经过了推荐的时间，请尽快到{ $centre }补种。{ vaccine-note }请带好接种证。{ voice-vaccine-book }
    .several_sms = { voice-vaccine-child }{ $what }。地点是{ $centre }。{ vaccine-note }请带好接种证。{ voice-vaccine-book }

voice-vaccine-child = { $name ->
        [none] 儿童接种提醒。
       *[other] { $name }的接种提醒。
    }
voice-vaccine-book = 预约或者咨询，请拨打{ $hotline }。
voice-knowledge =
    .which = 请选择想了解的内容。

voice-home =
    .who = 请选择需要上门服务的人。
    .confirm = 请确认：为{ $name }请求上门服务，由{ $centre }安排。工作人员会回电这个号码。急症请拨120。
    .requested = 已经登记，{ $centre }会打电话给您，确认时间和地址。
    .not_requested = 没有登记。
    .already = 已经登记过了，请等候中心的电话。
    .noted_sms = { $centre }已经收到{ $name }的上门服务请求，工作人员会回电这个号码，确认时间和地址。急症请拨120。

voice-tips =
    .which = 请选择想了解的内容。
