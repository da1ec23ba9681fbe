### Follow-up of chronic disease: readings, reminders of visits, alerts to staff, copies to the family.
### On a phone that several people share a notice names the person (王*英) and no illness.

## Recording a reading by screen or telephone, and what it means. By SMS the same words.

care =
    .menu = 血压血糖
    .record_bp = 记录血压
    .record_glucose = 记录血糖
    .last = 最近读数
    .medicines = 我的用药
    .who = 是谁的？
    .person = { $name }
    .systolic = 请输入高压（收缩压），如150
    .diastolic = 请输入低压（舒张压），如95
    .glucose = 请输入血糖，如5.3
    .meal = 什么时候测的？
    .fasting = 空腹
    .after_meal = 餐后2小时
    .any_time = 其他时间
    .confirm_bp = 血压{ $systolic }/{ $diastolic }，对吗？
    .confirm_glucose = 血糖{ $whole }.{ $tenth }，对吗？
    .right = 对
    .wrong = 不对，重新输入
    .again = 请重新输入。
    .bad_number = 数字不对，请重新输入。
    .kept = 已记录。
    .not_kept = 本机没有登记居民，未保存。
    .none = 还没有读数。
    .item_bp = { $day }{ $at } 血压{ $systolic }/{ $diastolic }
    .item_glucose = { $day }{ $at } 血糖{ $whole }.{ $tenth }
    .level_normal = 正常。
    .level_on_target = 达标（目标低于{ $limit }）。
    .level_above_target = 未达标（目标低于{ $limit }）。
    .level_pre_high = 略高（正常低于{ $limit }）。
    .level_high = 偏高（正常低于{ $limit }）。
    .level_low = 偏低（正常不低于{ $limit }）。
    .level_emergency = 危险值！
    .advice_fine = 请继续保持。
    .advice_see_doctor = 请按时服药，休息后复测，并尽快联系您的医生。
    .advice_measure_on = 请少盐、多活动，至少半年测一次。
    .advice_say_when = 请说明是空腹还是餐后，例如：空腹血糖5.3
    .advice_emergency_bp = 请立即坐下休息，不要走动，不要开车，马上拨打120。
    .advice_low_sugar = 血糖过低！请马上吃糖或喝糖水，15分钟后复测；不见好转或神志不清，立即拨打120。
    .advice_high_sugar = 血糖过高！请马上就医或拨打120，不要自行加药，不要开车。
    .advice_danger = 您说的情况可能很危险：请坐下或躺下，不要走动，不要开车，马上拨打120。
    .advice_perhaps = 如果数值确实这么高（或这么低），很危险，请马上拨打120。
    .both_told = 已通知您的医生和值班人员。
    .doctor_told = 已通知您的医生。
    .staff_told = 已通知值班人员。
    .pulse = 脉搏过快或过慢，请联系医生。
    .mean_bp = 近{ $count }次平均{ $systolic }/{ $diastolic }。
    .mean_glucose = 近{ $count }次平均{ $whole }.{ $tenth }。
    .what_hypertension_sms = 血压随访
    .what_diabetes_sms = 血糖随访
    .before_own_sms = 您的{ $what }将于{ $day }到期，请在{ $suggested }前后到{ $centre }当面随访，带上用药和读数记录。
    .today_own_sms = 您的{ $what }今天到期，请于{ $suggested }到{ $centre }当面随访，带上用药和读数记录。
    .late_own_sms = 您的{ $what }已于{ $day }到期，请尽快（{ $suggested }起）到{ $centre }当面随访。有困难请拨{ $hotline }。
    .before_named_sms = { $name }的健康随访将于{ $day }到期，请在{ $suggested }前后到{ $centre }当面随访。
    .today_named_sms = { $name }的健康随访今天到期，请于{ $suggested }到{ $centre }当面随访。
    .late_named_sms = { $name }的健康随访已于{ $day }到期，请尽快（{ $suggested }起）到{ $centre }当面随访。有困难请拨{ $hotline }。

voice-care =
    .systolic = 请输入高压，也就是收缩压，按井号键结束。
    .diastolic = 请输入低压，也就是舒张压，按井号键结束。
    .glucose = 请输入血糖，不按小数点，小数后一位也要按。例如五点三，请按五三；十二点零，请按一二零，按井号键结束。
    .confirm_bp = 高压{ $systolic }，低压{ $diastolic }，对吗？
    .confirm_glucose = 血糖{ $whole }点{ $tenth }，对吗？
    .item_bp = { $day }{ $at }，高压{ $systolic }，低压{ $diastolic }。
    .item_glucose = { $day }{ $at }，血糖{ $whole }点{ $tenth }。
    .level_on_target = 达标。
    .level_above_target = 没有达标。
    .level_pre_high = 略高。
    .level_high = 偏高。
    .level_low = 偏低。
    .advice_say_when = 请记住是空腹测的还是餐后测的，下次一起告诉我们。
    .mean_bp = 最近{ $count }次，平均高压{ $systolic }，低压{ $diastolic }。
    .mean_glucose = 最近{ $count }次，平均{ $whole }点{ $tenth }。
    .before_own_sms = 您的{ $what }，{ $day }到期。请在{ $suggested }前后，到{ $centre }当面随访，并带上用药和读数记录。
    .today_own_sms = 您的{ $what }今天到期。请于{ $suggested }到{ $centre }当面随访，并带上用药和读数记录。
    .late_own_sms = 您的{ $what }，{ $day }已经到期。请从{ $suggested }起，尽快到{ $centre }当面随访。有困难请拨打{ $hotline }。
    .before_named_sms = { $name }的健康随访，{ $day }到期。请在{ $suggested }前后，到{ $centre }当面随访。
    .today_named_sms = { $name }的健康随访今天到期。请于{ $suggested }到{ $centre }当面随访。
    .late_named_sms = { $name }的健康随访，{ $day }已经到期。请从{ $suggested }起，尽快到{ $centre }当面随访。有困难请拨打{ $hotline }。

## What is written of readings.

reading-meal = { $meal ->
        [fasting] 空腹
        [after_meal] 餐后
       *[unknown] {""}
    }
reading =
    .bp_sms = 血压{ $systolic }/{ $diastolic }
    .bp_pulse_sms = 血压{ $systolic }/{ $diastolic } 脉搏{ $pulse }
    .glucose_sms = { reading-meal }血糖{ $whole }.{ $tenth }
    .sign_sms = { $sign ->
            [chest_pain] 胸痛
            [chest_tightness] 胸闷
            [breathless] 呼吸困难
            [speech] 说话不清
            [weakness] 单侧无力
            [headache] 剧烈头痛
            [dizziness] 严重头晕
            [vomiting] 恶心呕吐
            [vision] 视物模糊
            [unconscious] 意识不清
            [palpitations] 心慌
            [low_sugar] 低血糖症状
            [ketones] 酮症症状
           *[other] { $sign }
        }
    .kept_sms = 已记录{ $name }：{ $figures }。
    .unkept_sms = 收到{ $figures }。本机没有登记居民，未保存。
    .general_sms = 收到{ $figures }。
    .whose_sms = 收到{ $figures }，是谁的？
    .whose_item_sms = { $number } { $name }
    .nobody_sms = 其他人（不保存）
    .more_whose_sms = 另有{ $figures }，是谁的？
    .each_sms = 文中有几个人，请每人分开发送，例如：王芳 血压150/95
    .not_stored_sms = 好的，未保存。
    .unclear_sms = 没看清“{ $understood }”，请重发，例如：血压150/95，或：空腹血糖5.3
    .only_one_sms = 只看到一个血压数值（{ $understood }），请把高压和低压一起发，例如：血压150/95
    .unit_sms = “{ $understood }”的单位没看清，请写明，例如：血压150/95，或：空腹血糖5.3
    .two_sms = “{ $understood }”请分开写明，例如：空腹血糖5.3，餐后血糖8.1
    .off_scale_sms = 血糖仪显示{ $understood }，超出了量程。
    .swapped_sms = 高低压像是写反了，已按{ $figures }记，不对请重发。
    .converted_sms = 已换算为{ $figures }，不对请重发。
    .mended_sms = 有错字，已按{ $figures }记，不对请重发。

## Alerts to the doctor and to who is on duty.

alert-who = { $name ->
        [none] 登记不明
       *[other] { $name }{ alert-age }
    }
alert-age = { $age ->
        [0] {""}
       *[other] { $age }岁
    }
alert-left = { $left ->
        [0] {""}
       *[other] 您还有{ $left }条未确认。
    }
alert =
    .told_sms = 紧急{ $number }：{ alert-who } { $at } { $what }。电话{ $caller }。请立即联系，处理后回复1或：确认{ $number }
    .again_sms = 仍未处理！紧急{ $number }：{ alert-who } { $at } { $what }。电话{ $caller }。请立即联系，处理后回复1或：确认{ $number }
    .maybe_sms = 疑似{ $guess }
    .several_sms = { $names }之一
    .closed_sms = 紧急{ $number }（{ $name }）已确认，谢谢。{ alert-left }
    .already_sms = 紧急{ $number }（{ $name }）已由{ $by }处理，谢谢。{ alert-left }
    .unknown_sms = 没有发给您编号{ $number }的紧急通知。
    .nameless_sms = 登记不明
    .no_number_sms = 未显示
    .seen_words_sms = 确认 处理 已处理 DONE

## Copies to the family.

copy =
    .words_sms = 抄送
    .stop_words_sms = 停止抄送 取消抄送
    .asked_sms = { $name }希望把自己的健康读数和随访提醒抄送给您。同意请回复1，不同意回复2；同意后随时可回复“停止抄送”。不认识请回复2。
    .agreed_sms = 好的，{ $name }的健康读数和随访提醒会抄送给您。停止请回复：停止抄送
    .refused_sms = 好的，不会给您发送抄送，谢谢。
    .reading_sms = 抄送：{ $name } { $day }{ $at } { $what }，未达标。请提醒按时服药、休息后复测。停止请回复：停止抄送
    .emergency_sms = 紧急抄送：{ $name } { $day }{ $at } { $what }，情况危险！请立即联系本人，必要时拨打120。中心电话{ $hotline }。
    .visit_sms = 抄送：{ $name }的健康随访已于{ $day }到期未做，请在{ $suggested }前后陪同到{ $centre }随访。停止请回复：停止抄送
    .week_sms = 每周抄送：{ $name }上周测了{ $count }次，{ $beyond }次未达标，平均{ $what }。停止请回复：停止抄送
    .granted_sms = 已向{ $phone }发短信询问，对方同意后开始抄送。停止请回复：停止抄送
    .asked_before_sms = 已询问过{ $phone }，正等待对方回复。
    .agreed_before_sms = { $phone }已在接收抄送。停止请回复：停止抄送
    .ended_sms = 已停止抄送，之后不会再发送。
    .none_sms = 目前没有抄送。
    .how_sms = 要抄送给家人，请发送：抄送 手机号 称呼，例如：抄送 15400000009 女儿
    .whose_sms = 本机登记了几位居民，请在后面写明姓名，例如：抄送 15400000009 女儿 { $name }
    .stopped_sms = 也不会再给您发送家人的抄送。
    .not_yours = 本机没有登记居民，不能设置抄送，请到中心窗口办理。
    .too_many = 抄送的号码已满，请先停止一个。
    .asked_lately = 该号码近日不接受抄送，请过些天再试。
    .own_phone = 这是本人的号码，不需要抄送。

voice-copy =
    .asked_sms = { $name }希望把自己的健康读数和随访提醒抄送给您。同意的话，请用这个号码发短信，回复一，或者拨打服务热线。
    .reading_sms = { $name }，{ $day }{ $at }，{ $what }，没有达标。请提醒按时服药，休息后复测。
    .emergency_sms = 紧急通知。{ $name }，{ $day }{ $at }，{ $what }，情况危险。请立即联系本人，必要时拨打一二零。中心电话{ $hotline }。
    .visit_sms = { $name }的健康随访，{ $day }已经到期，还没有做。请在{ $suggested }前后，陪同到{ $centre }随访。
    .week_sms = { $name }上周测了{ $count }次，{ $beyond }次没有达标，平均{ $what }。
