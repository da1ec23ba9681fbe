### 就诊付费与账户。

payment =
    .how = 怎样支付{ $fee }？
    .by_account = 账户（余额{ $balance }）
    .by_account_spoken = 账户
    .by_mobile = 手机支付
    .at_counter = 到院支付
    .not_now = 暂不预约
    .not_pay = 暂不支付
    .no_way = 此处预约须先付费，而本机目前无法支付。请到中心窗口预约。
    .required = 此处预约须先付费。
    .on_its_way = 上一笔支付还在处理中，请稍候。
    .confirm_on_phone =
        第{ $queue }号已为您保留到{ $until }。
        请在手机上确认支付{ $fee }，T码随后以短信发送。
    .paid = 已从账户支付{ $fee }。
    .which = 待支付的预约
    .which_item = { $day }{ half } { $department } { $fee }
    .not_held = 该预约已付费或已失效。
    .pay = 支付
    .held_view =
        第{ $queue }号，保留到{ $until }
        { $centre } { $department }
        { $day }{ half }{ $starts }{ doctor }
        { $name } 待支付{ $fee }
    .list_item = { $day }{ half } { $department } 第{ $queue }号 待支付
    .held = 保留到{ $until }，待支付{ $fee }
    .code = 请输入短信中的6位验证码
    .no_code = 目前无法向本机发送验证码，请换一种方式。
    .not_a_code = 验证码是6位数字。
    .cancel_back = 已付{ $fee }将原路退回。
    .cancel_lost = 已过免费取消时间，已付{ $fee }不退。
    .failed_sms = 支付未成功：{ $department }{ $day }{ half }，{ $amount }。该号为您保留到{ $until }，请在“我的账户”中重新支付。
    .returned_sms = 收到您为{ $department }{ $day }{ half }支付的{ $amount }，但该预约已不存在，款项将原路退回。
    .not_swappable = 此预约不能转医保结算，请到窗口办理。
    .insured_sms = { $department }{ $day }{ half }已转医保结算，医保支付的{ $amount }将原路退还给您。
    .refunded_sms = { $department }{ $day }{ half }的{ $amount }已原路退回。

account =
    .not_enough = 账户余额不足。
    .not_proved = 本机号码未经验证，请到窗口办理。
    .menu = 我的账户
    .no_code = 目前无法向本机发送验证码，请到中心窗口查询。
    .balance_item = 余额
    .entries_item = 收支明细
    .pay_item = 待支付
    .balance = { $centre }账户余额{ $balance }
    .none = 本机没有账户。请带证件到中心窗口开户。
    .which = 选择账户
    .which_item = { $centre } { $name }
    .nothing_to_pay = 没有待支付的预约。
    .no_entries = 还没有收支记录。
    .entry = { $day } { $entry ->
        [topup] 充值
        [payout] 取款
        [charge] 支付
        [refund] 退款
       *[other] 其他
    } { $amount }

## The same for the ear.

voice-account =
    .menu = 我的账户，请选择。
    .which = 请选择账户。
    .which_item = { $centre }，{ $name }
voice-payment =
    .list_item = { $day }{ voice-half }，{ $department }，第{ $queue }号，待支付
    .which = 您有以下待支付的预约，请选择。
    .which_item = { $day }{ voice-half }，{ $department }，{ $fee }
    .held_view = { $name }，第{ $queue }号，为您保留到{ $until }，待支付{ $fee }。{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }{ voice-doctor }。
    .code = 验证码已用短信发送到您的手机，请按键输入6位数字。
    .failed_sms = { $department }，{ $day }{ voice-half }，{ $amount }，支付未成功。该号为您保留到{ $until }，请重新支付。
    .returned_sms = 收到您支付的{ $amount }，{ $department }，{ $day }{ voice-half }，但该预约已不存在，款项将原路退回。
    .refunded_sms = { $department }，{ $day }{ voice-half }，{ $amount }已原路退回。
    .insured_sms = { $department }，{ $day }{ voice-half }，已转医保结算，医保支付的{ $amount }将原路退还给您。
