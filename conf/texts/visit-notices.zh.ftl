### Notices about visits, and how a visit was. Keys and words are the same in visit-notices.en.ftl; a test keeps them so.
### An SMS has at most two segments, 134 characters. `voice-...` is for the ear; a T-code ($number) comes last there.

## Before a visit. `cancel_sms` are the words that answer such a notice.

remind =
    .eve_sms = 就诊提醒：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }，第{ $queue }号，T码{ $number }。取消请回复“取消”，或拨{ $code }。
    .morning_sms = 今日就诊：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }，第{ $queue }号，T码{ $number }，到院扫码。取消请回复“取消”，或拨{ $code }。
    .cancel_sms = 取消 取消预约 退号 QX
voice-remind =
    .eve_sms = 就诊提醒：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }，第{ $queue }号。要取消，请拨打本热线。到院请凭T码取号，您的T码是：{ $number }
    .morning_sms = 今日就诊：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }，第{ $queue }号。到院请凭T码取号，您的T码是：{ $number }

## In the queue.

queue =
    .near_sms = 候诊提醒：{ $name }，{ $department }第{ $queue }号，{ ahead }，请到诊室外候诊。
    .room_sms = 候诊提醒：{ $name }，{ $department }第{ $queue }号，{ ahead }，请到{ $room }候诊。
voice-queue =
    .near_sms = 候诊提醒：{ $name }，{ $department }第{ $queue }号，{ voice-ahead }，请到诊室外候诊。
    .room_sms = 候诊提醒：{ $name }，{ $department }第{ $queue }号，{ voice-ahead }，请到{ $room }候诊。

## A clinic session that is stopped, or moved.

stopped =
    .told_sms = 停诊通知：{ $name }，{ $day }{ half }{ $starts }，{ $centre }{ $department }第{ $queue }号已停诊（{ $reason }），T码作废。重新预约请回复“预约”，或拨{ $code }。
voice-stopped =
    .told_sms = 停诊通知：{ $name }，{ $day }{ voice-half }{ $starts }，{ $centre }{ $department }第{ $queue }号已停诊，原因是{ $reason }。T码作废。重新预约请拨打本热线。
moved =
    .told_sms = 改期通知：{ $name }，原{ $was }{ $wasat }的{ $centre }{ $department }改为{ $day }{ half }{ $starts }{ doctor }，第{ $queue }号（{ $reason }），T码{ $number }不变。不能来请回复“取消”。
    .twice_sms = 停诊通知：{ $name }，{ $was }{ $wasat }的{ $centre }{ $department }改为{ $day }（{ $reason }），您当天已约该科室，故原号取消，T码作废；当天已约的不变。
voice-moved =
    .told_sms = 改期通知：{ $name }，原{ $was }{ $wasat }的{ $centre }{ $department }，改为{ $day }{ voice-half }{ $starts }{ voice-doctor }，第{ $queue }号，原因是{ $reason }。要取消，请拨打本热线。T码不变，是：{ $number }
    .twice_sms = 停诊通知：{ $name }，{ $was }{ $wasat }的{ $centre }{ $department }，改为{ $day }，原因是{ $reason }。您当天已约该科室，所以原号取消，T码作废。当天已约的不变。

## After a visit.

missed =
    .told_sms = { $name }{ $day }{ half }未到{ $centre }{ $department }就诊，号已过期。仍需就诊请回复“预约”，或拨{ $code }。祝您健康。
voice-missed =
    .told_sms = { $name }{ $day }{ voice-half }没有到{ $centre }{ $department }就诊，号已过期。仍需就诊，请拨打本热线预约。祝您健康。

## How it was. The lists of words that stand for a score are between bars.

satisfaction =
    .ask_sms = { $name }{ $day }在{ $centre }{ $department }就诊，您满意吗？请回复1至5：5很满意，4满意，3一般，2不满意，1很不满意，可附意见。免费。
    .thanks = 谢谢您的评价：{ $score }分。
    .sorry = 谢谢您的评价：{ $score }分。很抱歉没让您满意，中心会给您打电话。
    .already = 这次就诊您已评价过，谢谢。
    .over = 这次就诊已不能评价，谢谢。
    .item = 评价{ $day } { $department }
    .which = { $day }{ $department }就诊，您满意吗？
    .score_one = 很不满意
    .score_two = 不满意
    .score_three = 一般
    .score_four = 满意
    .score_five = 很满意
    .one_sms = 很不满意|非常不满意|极差|很差|非常差|太差了
    .two_sms = 不满意|不太满意|不好|差|较差
    .three_sms = 一般|一般般|还行|还可以|可以|凑合
    .four_sms = 满意|好|较好|不错|比较满意
    .five_sms = 很满意|非常满意|十分满意|很好|非常好|太好了|特别好|优秀
    .points_sms = 分|星|颗星
voice-satisfaction =
    .ask_sms = { $name }{ $day }在{ $centre }{ $department }就诊，您满意吗？请拨打本热线，在我的预约里评价。
    .which = { $day }，{ $department }就诊，您满意吗？
    .item = 评价{ $day }{ $department }的就诊
