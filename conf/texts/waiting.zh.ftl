### 候补与摇号。候补：号满时等候退号；摇号：紧缺的号公开抽签。

waiting =
    .menu_item = 候补和摇号
    .department_item = { $department } 已满（可候补）
    .other_item = 已满时段候补、摇号
    .instead = 该时段已约满。
    .wait = 候补该时段
    .choose_other = 另选时段
    .which = 候补或摇号
    .any_item = 候补任一时段
    .item = 候补{ $day }{ half }{ $starts }{ doctor }
    .until = 候补到哪天？
    .until_item = 到{ $last }
    .who = 为谁候补？
    .confirm =
        是否候补该号？
        { $centre } { $department }
        { $day }{ half }{ $starts }{ doctor }
        { $name }
    .confirm_any =
        是否候补任一时段？
        { $centre } { $department }
        至{ $last }
        { $name }
    .yes = 确认
    .no = 取消
    .joined = 已候补，{ waiting-ahead }。有号时短信通知您，回复1即可。
    .not_joined = 未候补。
    .already = 就诊人已在该科室候补。
    .too_many = 本机候补已达上限，请先退出一个。
    .gone_entry = 该候补已结束。
    .gone = 号已被别人约走，您仍在候补。
    .none = 您没有候补或摇号。
    .mine = 我的候补和摇号
    .mine_item = { $name } { $department } { $day }{ half }{ $starts }
    .mine_any_item = { $name } { $department } 至{ $last }
    .take_item = 有号：{ $day }{ half }{ $starts } { $department } { $name }
    .view =
        { $name } 候补{ $department }，{ waiting-ahead }
        { $centre }
        { $day }{ half }{ $starts }{ doctor }
    .view_any =
        { $name } 候补{ $department }，{ waiting-ahead }
        { $centre }
        至{ $last }
    .leave = 退出候补
    .keep = 继续候补
    .left = 已退出候补。
    .kept = 仍在候补。
    .take =
        是否预约该号？
        { $centre } { $department }
        { $day }{ half }{ $starts }{ doctor }
        { $name } { $fee }
    .take_yes = 预约
    .take_no = 不预约，继续候补
    .declined = 好的，号已让给下一位，您仍在候补。
    .booked = 预约成功：{ $centre }{ $department }，{ $day }{ half }{ $starts }，第{ $queue }号。T码以短信发送。
    .pending = 号已为您保留至{ $until }：{ $centre }{ $department }，{ $day }{ half }{ $starts }，第{ $queue }号。请在手机上确认支付{ $fee }。
    .offer_sms = 有号：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }{ doctor }，{ $fee }。需要请回1，放弃请回0，先回先得。
    .taken_sms = { $name }候补的{ $day }{ half }{ $starts }{ $centre }{ $department }，号已被别人约走。您仍在候补，有号再通知您。
    .over_sms = 候补结束：{ $name }，{ $centre }{ $department }，至{ $last }没有等到号。可拨{ $code }重新预约或候补。
waiting-ahead = { $ahead ->
        [0] 您排第一
       *[other] 前面{ $ahead }人
    }
voice-waiting-ahead = { $ahead ->
        [0] 您排在第一位
       *[other] 前面还有{ $ahead }人
    }
voice-waiting =
    .department_item = { $department }，已约满，可以候补
    .other_item = 候补已约满的时段，或参加摇号
    .which = 请选择候补或摇号。
    .item = 候补{ $day }{ voice-half }{ $starts }{ voice-doctor }
    .confirm = 请确认候补：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }。
    .confirm_any = 请确认候补：{ $name }，{ $centre }{ $department }，到{ $last }为止任一时段。
    .joined = 已经候补，{ voice-waiting-ahead }。有号的时候会通知您。
    .mine = 您有以下候补和摇号。
    .mine_item = { $name }，{ $department }，{ $day }{ voice-half }{ $starts }
    .mine_any_item = { $name }，{ $department }，到{ $last }为止
    .take_item = 有号了：{ $day }{ voice-half }{ $starts }，{ $department }，{ $name }
    .view = { $name }，候补{ $centre }{ $department }，{ $day }{ voice-half }{ $starts }{ voice-doctor }，{ voice-waiting-ahead }。
    .view_any = { $name }，候补{ $centre }{ $department }，到{ $last }为止，{ voice-waiting-ahead }。
    .take = 是否预约该号？{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }，费用{ $fee }。
    .booked = 预约成功，您是第{ $queue }号。{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }。T码会以短信发给您。
    .pending = 您是第{ $queue }号，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }，保留到{ $until }。请在手机上确认支付{ $fee }。
    .offer_sms = 有号了：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }，费用{ $fee }。要预约，请拨打本热线，在我的账户的候补和摇号里确认，先确认先得。
    .taken_sms = { $name }候补的{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }，号已被别人约走。您仍在候补，有号再通知您。
    .over_sms = 候补结束：{ $name }，{ $centre }{ $department }，到{ $last }为止没有等到号。请拨打本热线重新预约或候补。

lottery =
    .item = 摇号{ $day }{ half }{ $starts }{ doctor } { $fee }
    .who = 为谁参加摇号？
    .if_lost = 未中签时，是否候补该时段？
    .if_lost_yes = 候补
    .if_lost_no = 不候补
    .confirm =
        是否参加摇号？{ $places }个号，已有{ $tickets }人
        { $centre } { $department }
        { $day }{ half }{ $starts }{ doctor }
        { $name } { $fee }
        { $drawday }{ $drawat }摇号
    .yes = 确认
    .no = 取消
    .entered = 已参加摇号，签号{ $ticket }。{ $drawday }{ $drawat }摇号，结果以短信通知。
    .not_entered = 未参加摇号。
    .already = 就诊人已参加这次摇号。
    .closed = 这次摇号已截止。
    .mine_item = 摇号签{ $ticket }：{ $name } { $day }{ half } { $department }
    .view =
        签号{ $ticket }：{ $name }
        { $centre } { $department }
        { $day }{ half }{ $starts }{ doctor }
        { $drawday }{ $drawat }摇号
    .leave = 退出摇号
    .keep = 不退出
    .left = 已退出摇号。
    .kept = 仍参加摇号。
    .entered_sms = 摇号登记：{ $name }，签号{ $ticket }，{ $day }{ half }{ $starts }，{ $centre }{ $department }。{ $drawday }{ $drawat }摇号，可核对：{ $link }
    .won_sms = 中签：{ $name }，签号{ $ticket }，{ $day }{ half }{ $starts }，{ $centre }{ $department }，第{ $queue }号。可核对：{ $link }
    .won_pay_sms = 中签：{ $name }，签号{ $ticket }，{ $day }{ half }{ $starts }，{ $centre }{ $department }，第{ $queue }号。请于{ $drawday }{ $drawat }前支付{ $fee }，过期作废。
    .lost_sms = 未中签：{ $name }，签号{ $ticket }，{ $day }{ half }{ $starts }，{ $centre }{ $department }。可核对：{ $link }
    .lost_waits_sms = 未中签：{ $name }，签号{ $ticket }，{ $day }{ half }{ $starts }，{ $centre }{ $department }。已为您候补，有号短信通知。可核对：{ $link }
    .passed_sms = 签号{ $ticket }：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }，因已有预约、被暂停预约或无法付费，不能给号。可核对：{ $link }
    .off_sms = 摇号取消：{ $name }，签号{ $ticket }，{ $day }{ half }{ $starts }，{ $centre }{ $department }已停诊。
voice-lottery =
    .item = 参加摇号，{ $day }{ voice-half }{ $starts }{ voice-doctor }，{ $fee }
    .confirm = 请确认参加摇号：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }，费用{ $fee }。共{ $places }个号，已有{ $tickets }人参加，{ $drawday }{ $drawat }摇号。
    .entered = 已经参加摇号，您的签号是{ $ticket }。{ $drawday }{ $drawat }摇号，结果会以短信通知您。
    .mine_item = 摇号，签号{ $ticket }，{ $name }，{ $day }{ voice-half }，{ $department }
    .view = { $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }，{ $drawday }{ $drawat }摇号。
    .entered_sms = 摇号登记：{ $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }。{ $drawday }{ $drawat }摇号。
    .won_sms = 您中签了：{ $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }，第{ $queue }号。
    .won_pay_sms = 您中签了：{ $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }，第{ $queue }号。请在{ $drawday }{ $drawat }前支付{ $fee }，过期作废。
    .lost_sms = 没有中签：{ $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }。
    .lost_waits_sms = 没有中签：{ $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }。已为您候补，有号会通知您。
    .passed_sms = { $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }，因为已有预约，被暂停预约，或者无法付费，不能给号。
    .off_sms = 摇号取消：{ $name }，签号{ $ticket }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }已停诊。
