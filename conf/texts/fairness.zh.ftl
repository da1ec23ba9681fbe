### 公平预约：限额、爽约、暂停预约、申诉。Keys and words are the same in fairness.en.ftl.
### An SMS has at most two segments, 134 characters. `voice-...` is for the ear.

## Which limit is reached.

limit =
    .person_day = 每人每天最多{ $most }个号，不论用哪个电话预约。请另选日期，或先取消一个。
    .person_department = 每人在同一科室最多同时约{ $most }个号，请先就诊或取消一个。
    .person = 每人最多同时约{ $most }个号，不论用哪个电话预约，请先就诊或取消一个。
    .phone = 每个电话最多同时约{ $most }个号，请先取消一个，或到窗口办理。
    .phone_day = 每个电话一天内最多预约{ $most }次，请明天再试，或到窗口办理。

## A block, as it is told. `item`, `comma` and `and_more` list visits: 3月8日周一 全科、3月9日周二 全科 等另2次

block =
    .item = { $day }{ $department }
    .comma = 、
    .and_more = 等，另{ $count }次
    .everywhere = 各中心
    .this_phone = 本机
    .missed_sms = 暂停预约通知：{ $name }{ $count }次预约未到（{ $visits }），{ $centre }电话预约暂停至{ $last }。有异议请回复“申诉”加原因，或拨{ $code }选我的账户。
    .given_up_sms = 暂停预约通知：{ $name }取消预约{ $count }次（{ $visits }），{ $centre }电话预约暂停至{ $last }。有异议请回复“申诉”加原因，或拨{ $code }选我的账户。
    .staff_sms = 暂停预约通知：{ $name }在{ $centre }的电话预约暂停至{ $last }（{ $reason }）。有异议请拨{ $code }选我的账户申诉，或到窗口咨询。
    .lifted_sms = 恢复预约通知：{ $name }在{ $centre }的电话预约已恢复。
    .granted_sms = 申诉通过：{ $name }在{ $centre }的电话预约已恢复。答复：{ $answer }
    .refused_sms = 申诉未通过：{ $name }在{ $centre }的电话预约仍暂停至{ $last }。答复：{ $answer }
    .appeal_words_sms = 申诉|我要申诉|appeal
    .mine = 暂停预约与申诉
    .none = 目前没有暂停预约。
    .which = 选择要查看的暂停预约
    .which_item = { $name }，至{ $last }
    .view_missed = { $name }{ $count }次预约未到，{ $centre }电话预约暂停至{ $last }。窗口可挂号。
    .view_given_up = { $name }取消预约{ $count }次，{ $centre }电话预约暂停至{ $last }。窗口可挂号。
    .view_staff = { $name }在{ $centre }的电话预约暂停至{ $last }：{ $reason }。窗口可挂号。
    .visit = { $day } { $department }
    .others = 另{ $count }次由其他电话预约。
    .appeal = 申诉
    .leave = 不申诉
    .why = 请写申诉原因
    .left = 未申诉。
    .appealed = 申诉已提交，结果将通知您。
    .appeal_waits = 申诉正在处理，结果将通知您。
    .appeal_refused = 申诉未通过：{ $answer }
    .not_appealable = 不能申诉：暂停预约已结束，或已申诉过。请到窗口咨询。

voice-block =
    .which = 请选择要查看的暂停预约。
    .missed_sms = 暂停预约通知：{ $name }有{ $count }次预约没有到，{ $centre }电话预约暂停到{ $last }。要申诉，请拨打本热线，选择我的账户。
    .given_up_sms = 暂停预约通知：{ $name }取消预约{ $count }次，{ $centre }电话预约暂停到{ $last }。要申诉，请拨打本热线，选择我的账户。
    .staff_sms = 暂停预约通知：{ $name }在{ $centre }的电话预约暂停到{ $last }，原因是{ $reason }。要申诉，请拨打本热线，选择我的账户。
    .which_item = { $name }，暂停预约到{ $last }
    .visit = { $day }，{ $department }。
    .view_missed = { $name }有{ $count }次预约没有到，{ $centre }电话预约暂停到{ $last }。窗口可挂号。
    .view_given_up = { $name }取消预约{ $count }次，{ $centre }电话预约暂停到{ $last }。窗口可挂号。
    .view_staff = { $name }在{ $centre }的电话预约暂停到{ $last }，原因是{ $reason }。窗口可挂号。
