### 号的变动：告知预约者、候补者与摇号者。英文见 sessions.en.ftl，键与用词一致，由测试保证。短信至多两条；voice- 供朗读。

## 同级医生替诊。

substitute =
    .told_sms = 替诊通知：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }第{ $queue }号，原{ $instead }改由{ $practitioner }接诊，时间、排队号和T码不变。不能来请回复“取消”。
voice-substitute =
    .told_sms = 替诊通知：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }第{ $queue }号，原来由{ $instead }接诊，现改由{ $practitioner }接诊。时间、排队号和T码不变。要取消，请拨打本热线。

## 停诊：已付费的、待付费的、候补的、摇号的。

halted =
    .refunded_sms = 停诊通知：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }第{ $queue }号已停诊（{ $reason }），T码作废，费用原路退回。重新预约请回复“预约”，或拨{ $code }。
    .unpaid_sms = 停诊通知：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }第{ $queue }号已停诊（{ $reason }），请勿再付费，已付的会退回。重新预约请回复“预约”，或拨{ $code }。
    .twice_refunded_sms = 停诊通知：{ $name }，{ $was }{ $wasat }的{ $centre }{ $department }改为{ $day }（{ $reason }），您当天已约该科室，故原号取消，T码作废，费用原路退回；当天已约的不变。
    .twice_unpaid_sms = 停诊通知：{ $name }，{ $was }{ $wasat }的{ $centre }{ $department }改为{ $day }（{ $reason }），您当天已约该科室，故原号取消，请勿再付费；当天已约的不变。
    .waiting_sms = 候补取消：{ $name }，您候补的{ $day }{ half }{ $starts }{ $centre }{ $department }已停诊（{ $reason }）。改约他日请回复“预约”，或拨{ $code }。
    .draw_sms = 摇号取消：{ $name }，您参加摇号的{ $day }{ half }{ $starts }{ $centre }{ $department }已停诊（{ $reason }）。改约他日请回复“预约”，或拨{ $code }。
voice-halted =
    .refunded_sms = 停诊通知：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }第{ $queue }号已停诊，原因是{ $reason }。T码作废，费用原路退回。重新预约请拨打本热线。
    .unpaid_sms = 停诊通知：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }第{ $queue }号已停诊，原因是{ $reason }。请不要再付费，已付的会退回。重新预约请拨打本热线。
    .twice_refunded_sms = 停诊通知：{ $name }，{ $was }{ $wasat }的{ $centre }{ $department }，改为{ $day }，原因是{ $reason }。您当天已约该科室，所以原号取消，T码作废，费用原路退回。当天已约的不变。
    .twice_unpaid_sms = 停诊通知：{ $name }，{ $was }{ $wasat }的{ $centre }{ $department }，改为{ $day }，原因是{ $reason }。您当天已约该科室，所以原号取消，请不要再付费。当天已约的不变。
    .waiting_sms = 候补取消：{ $name }，您候补的{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }已停诊，原因是{ $reason }。改约他日请拨打本热线。
    .draw_sms = 摇号取消：{ $name }，您参加摇号的{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }已停诊，原因是{ $reason }。改约他日请拨打本热线。

## 付费前改期。

shifted =
    .unpaid_sms = 改期通知：{ $name }，原{ $was }{ $wasat }的{ $centre }{ $department }改为{ $day }{ half }{ $starts }{ doctor }，第{ $queue }号（{ $reason }），付费后生效。不能来请回复“取消”。
voice-shifted =
    .unpaid_sms = 改期通知：{ $name }，原{ $was }{ $wasat }的{ $centre }{ $department }，改为{ $day }{ voice-half }{ $starts }{ voice-doctor }，第{ $queue }号，原因是{ $reason }。付费后生效。要取消，请拨打本热线。
