### What residents read and hear in Chinese. A USSD screen holds 80 characters with the item numbers: be short.
### Keys and words are the same in en.ftl; a test keeps them so.

## Words that several texts share.

half = { $half ->
        [am] 上午
       *[pm] 下午
    }
doctor = { $practitioner ->
        [none] {""}
       *[other] {" "}{ $practitioner }
    }
ahead = { $ahead ->
        [0] 前面无人
       *[other] 前面{ $ahead }人
    }

## Every conversation.

talk =
    .back = 返回
    .more = 更多
    .resume = { $what ->
        [book] 继续上次的预约？
       *[other] 继续上次的操作？
    }
    .go_on = 继续
    .start_again = 重新开始
    .not_understood = 输入有误，请重输。
    .unanswered = 没有收到您的输入。
    .gone = 该选项已失效，请另选。
    .changed = 选项有变，请重选。
    .too_many = 多次输入有误，请稍后再试。
    .bye = 谢谢，再见。

## The root menu.

root =
    .menu = 社区卫生服务
    .book = 预约看病
    .visits = 我的预约和排队
    .vaccines = 接种记录
    .tips = 健康知识
    .home = 上门服务
    .language = 语言/Language
    .readings = 血压血糖
    .account = 我的账户

## Booking a visit, looking at it, giving it back.

visit =
    .centre = 选择中心
    .centre_item = { $centre }
    .department = 选择科室
    .department_item = { $department } 余{ $left }
    .day = 选择日期
    .day_item = { $day } 余{ $left }
    .session = 选择时段
    .session_item = { half }{ $starts }{ doctor } { $fee } 余{ $left }
    .who = 为谁预约？
    .confirm =
        确认预约？
        { $centre } { $department }
        { $day }{ half }{ $starts }{ doctor }
        { $name } { $fee }
    .yes = 确认
    .no = 取消
    .booked =
        预约成功，第{ $queue }号。
        { $centre } { $department }
        { $day }{ half }{ $starts }
        T码将以短信发送，到院扫码。
    .not_booked = 未预约。
    .none_open = 目前没有可约的号。
    .full = 该时段已约满，请另选。
    .closed = 该时段已停止预约，请另选。
    .already = 就诊人当天已约该科室。
    .blocked = 电话预约已暂停至{ $last }。请到窗口咨询，或在我的账户里申诉。
    .not_possible = 无法办理，请到中心窗口咨询。
    .none = 您没有预约。
    .list = 我的预约
    .item = { $day }{ half } { $department } 第{ $queue }号 { ahead }
    .view =
        第{ $queue }号 { ahead }
        { $centre } { $department }
        { $day }{ half }{ $starts }{ doctor }
        { $name }
        T码{ $number }
    .hear_code = 收听T码
    .code = T码{ $number }
    .send_again = 重发
    .cancel = 取消
    .code_sent = T码已重发，请查收短信。
    .cancel_sure = 取消{ $day }{ half }{ $department }第{ $queue }号？
    .cancel_yes = 确认取消
    .cancel_no = 保留
    .cancelled = 预约已取消。
    .kept = 预约已保留。
    .not_cancellable = 该预约不能取消。
    .code_sms = 预约成功：{ $centre }{ $department }，{ $day }{ half }{ $starts }，第{ $queue }号。T码{ $number }，到院扫码取号：{ $link }
    .unpaid_sms = 预约未成功：{ $centre }{ $department }，{ $day }{ half }{ $starts }，第{ $queue }号，未按时支付，该号不再保留。此后到账的款项将原路退回。
    .cancelled_sms = 已取消：{ $centre }{ $department }，{ $day }{ half }{ $starts }，第{ $queue }号。T码作废。

## Who the visit is for.

resident =
    .self = 本人（{ $name }）
    .other = { $name }
    .new = 其他人
    .name = 请输入就诊人姓名
    .identity = 请输入{ $name }的18位身份证号
    .bad_name = 姓名有误。
    .bad_identity = 身份证号有误。
    .identity_first = 请输入就诊人的18位身份证号
    .spoken_name = 请说出就诊人姓名

## A home visit. `duty_sms` goes to the centre's staff.

home =
    .who = 为谁请求上门？
    .confirm =
        请求上门服务？
        { $name }
        { $centre }
        工作人员会回电本号码。急症请拨120。
    .yes = 确认
    .no = 取消
    .requested = 已登记，{ $centre }会回电确认时间和地址。
    .not_requested = 未登记。
    .already = 已有登记，请等候中心回电。
    .nobody = 目前没有中心提供上门服务。
    .noted_sms = { $centre }已收到{ $name }的上门服务请求，工作人员会回电本号码确认时间和地址。急症请拨120。
    .duty_sms = 上门服务请求：{ $name }，电话{ $caller }。地址未登记，请回电询问。

## To the staff on duty, when somebody calls for help.

alarm-caller = { $caller ->
        [none] 号码未显示
       *[other] 来电{ $caller }
    }
alarm =
    .file_sms = 紧急求助 { $at } { alarm-caller }
    .unknown_sms = 紧急求助 { $at } { alarm-caller }，没有登记信息。
    .person_sms = { $name } { $sex ->
            [male] 男
           *[other] 女
        } { $age }岁
    .home_sms = 所属{ $centre }
    .visit_sms = 今日{ half } { $centre }{ $department } 第{ $queue }号 { $name }

language =
    .which = 选择语言/Language
    .zh = 中文
    .en = English
    .set = 已设为中文。

## To the centres' staff: a notice, and what comes of an answer to it. `command.acknowledge` are the words that answer.

staff-open = { $open ->
        [none] {""}
       *[other] 尚未回复的通知：{ $open }。
    }
staff =
    .notice_sms = { $text } 收到请回复：收到{ $number }
    .remind_sms = 再次提醒：{ $text } 收到请回复：收到{ $number }
    .noted_sms = 通知{ $number }已记录收到，谢谢。
    .already_sms = 通知{ $number }您已回复过，谢谢。
    .closed_sms = 通知{ $number }已结束，无需再回复，谢谢。
    .which_sms = 您有多条通知未回复：{ $open }。请写明编号，例如：收到{ $number }
    .unknown_sms = 没有发给您编号{ $number }的通知。{ staff-open }

## Broadcasts: what stands for the centre of who has none on record.

audience =
    .centre_sms = 社区卫生服务中心

## Ends that are ours, not the dialog's.

ussd =
    .unknown_code = 无此服务，请拨{ $code }。
    .expired = 会话已结束，请重拨{ $code }。
    .please_wait = 请稍候，办理结果将发短信；未收到请重拨{ $code }。
    .full = 使用人数较多，已为您排队。请在5分钟内重拨{ $code }。

system =
    .failed = 系统故障，请稍后再试。
    .busy = 系统繁忙，请稍后再试。

## SMS to the service number. A keyword is one word without a blank; case does not matter.

command =
    .menu = 菜单 CD
    .book = 预约 挂号 预约挂号 YY
    .visits = 查询 我的预约 CX
    .queue = 排队 候诊 PD
    .vaccines = 疫苗 接种 YM
    .tips = 健康 JK
    .home = 上门 SM
    .language = 语言 中文 YUYAN
    .readings = 血压 血糖 XY
    .account = 账户 我的账户 余额 ZH
    .acknowledge = 收到 OK
    .help = 帮助 BZ ?
    .stop = 退订 TD T
    .start = 订阅 DY
    .wrong = 打错了 发错了 不是本人 号码错误
    .stopped_text = 您已退订健康宣传和推广短信，不再发送。预约、T码等服务短信不受影响。重新接收请回复：订阅
    .started_text = 您已订阅健康宣传和推广短信。退订请回复：TD
    .wrong_text = 谢谢告知，对不起打扰了。本号码不再接收相关人员的提醒短信。
    .help_text = 回复：预约、查询、排队、账户、疫苗、健康、上门、语言或菜单，再按提示回复数字。血压血糖直接发，如：血压150/95。也可拨{ $code }或热线{ $hotline }。

## Messages to many. `refusal` is put after texts that the phone may refuse, unless they have one of `refusal_ways` (by |).

broadcast =
    .refusal = 回TD退订
    .refusal_ways = 回复TD退订|回T退订|回复T退订|退订回TD|退订回复TD|退订回T|退订回复T|TD退订
    .word = { $word }
