### 证明电话的验证码、本机的就诊人、实名。Keys and words are the same in people.en.ftl.
### `voice-...` is for the ear; a code ($number) comes last there.

passcode =
    .told_sms = 验证码{ $number }，{ passcode-for }，{ $left }分钟内有效。若非本人申请，请勿告诉任何人。
    .sent = 验证码已用短信发送。
    .wait = 验证码正在发送，{ $seconds }秒后可以重发。
    .too_many = 这个电话收到的验证码过多，请{ $hours }小时后再试，或到窗口办理。
    .none = 没有可用的验证码，请先获取。
    .expired = 验证码已过期，请重新获取。
    .void = 验证码多次输错，已作废，请重新获取。
    .wrong = 验证码不对，还可以试{ $left }次。
passcode-for = { $purpose ->
        [recover] 用于把预约转到本机
        [account] 用于本机使用账户付款
       *[other] 用于社区卫生服务中心
    }
voice-passcode =
    .told_sms = 这是您的验证码，{ passcode-for }，{ $left }分钟内有效。若非本人申请，请勿告诉任何人。验证码是：{ $number }

identity =
    .length = 身份证号应为18位，这里有{ $count }位。
    .date = 身份证号有误：第7至14位不是出生日期。
    .check = 身份证号有误：有一位不对，请对照证件检查。

people =
    .not_real = 此就诊人登记的姓名与身份证号不符，请持身份证到窗口更正。
    .refuted_sms = 您登记的就诊人{ $name }，姓名与身份证号不符。已有预约仍有效，再次预约请先持身份证到窗口更正，或重新登记。咨询{ $hotline }。
    .too_many = 本机登记的就诊人已满，请先删除一位。
    .still_wanted = 此就诊人还有未完成的预约或候补，请先取消。
    .on_record = 此信息由中心登记，请到窗口更改。
    .moved_here_sms = 今后请用本机预约，已转入就诊人{ $people }位、预约{ $visits }个。原T码作废，新T码另发。咨询{ $hotline }。
    .moved_away_sms = 本机的预约信息已在窗口变更。如您不知情，请致电{ $hotline }。
    .menu_item = 就诊人管理
    .which = 本机的就诊人
    .add = 添加就诊人
    .added = 已添加就诊人{ $name }。
    .refuted_item = { $name }（姓名与证号不符）
    .person = { $name }
    .is_self = 设为本人
    .self_set = 已设{ $name }为本人。
    .remove = 删除
    .remove_sure = 删除{ $name }？
    .remove_yes = 确认删除
    .remove_no = 不删除
    .removed = 已删除{ $name }。
    .kept = 已保留{ $name }。
    .name_and_number = 请输入就诊人姓名和身份证号，中间空一格

voice-people =
    .which = 这部电话的就诊人，请选择。
    .person = { $name }，请选择。
    .refuted_item = { $name }，姓名与身份证号不符
