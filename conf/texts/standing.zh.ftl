### Where somebody stands in the queue: dialogs, SMS, the T-code's page, the kiosk. Keys and words as in standing.en.ftl.

now-called = { $called ->
        [0] 尚未叫号
       *[other] 当前叫到{ $called }号
    }
voice-now-called = { $called ->
        [0] 现在还没有开始叫号
       *[other] 当前叫到{ $called }号
    }

standing =
    .waits = { now-called }，已看{ $seen }人，共{ $all }人。预计{ $earliest }至{ $latest }轮到您
    .called = 正在叫您，请进诊室。已看{ $seen }人，共{ $all }人。
    .passed = 已过号。请到窗口或再扫一次T码，即排下一位。{ now-called }，已看{ $seen }人，共{ $all }人。
    .waits_sms = { $department }第{ $queue }号，{ ahead }。{ now-called }，已看{ $seen }人，共{ $all }人。预计{ $earliest }至{ $latest }轮到您。
    .called_now_sms = { $department }第{ $queue }号：正在叫您，请进诊室。
    .passed_sms = { $department }第{ $queue }号已过号。请到窗口或再扫一次T码，即排下一位。{ now-called }。
    .later_sms = { $day }{ half }{ $department }第{ $queue }号，{ ahead }。就诊当天可再查排队。
    .none_sms = 您没有预约。预约请回复：预约
    .room_sms = 请{ $queue }号{ $name }到{ $department }{ $room }就诊，正在叫号。
    .called_sms = 请{ $queue }号{ $name }到{ $department }诊室就诊，正在叫号。
    .moved_room_sms = { $name }，您已转到{ $department }{ $room }候诊，第{ $queue }号，按您的到院时间排队。
    .moved_sms = { $name }，您已转到{ $department }候诊，第{ $queue }号，按您的到院时间排队。
    .walk_in_sms = 挂号成功：{ $name }，{ $centre }{ $department }，第{ $queue }号，已在排队。查看进度：{ $link }

voice-standing =
    .waits = { voice-now-called }，已看{ $seen }人，一共{ $all }人。预计{ $earliest }到{ $latest }轮到您。
    .called = 正在叫您，请进诊室。
    .passed = 您已过号。请到窗口，或者再扫一次T码，就排在下一位。{ voice-now-called }。
    .room_sms = 请{ $queue }号{ $name }到{ $department }{ $room }就诊，正在叫号。
    .called_sms = 请{ $queue }号{ $name }到{ $department }诊室就诊，正在叫号。
    .moved_room_sms = { $name }，您已转到{ $department }{ $room }候诊，第{ $queue }号，按您的到院时间排队。
    .moved_sms = { $name }，您已转到{ $department }候诊，第{ $queue }号，按您的到院时间排队。
    .walk_in_sms = 挂号成功：{ $name }，{ $centre }{ $department }，第{ $queue }号，已在排队。

## The kiosk after a check-in, the page of a T-code.

checkin =
    .next = 您是下一位，请在诊室门口等候。
    .next_room = 您是下一位，请到{ $room }门口等候。
    .waits = 前面{ $ahead }人，预计{ $earliest }至{ $latest }轮到您。
    .waits_room = 前面{ $ahead }人，预计{ $earliest }至{ $latest }轮到您，在{ $room }。
    .called = 正在叫您，请进诊室。

queue-page =
    .title = 排队情况
    .called = 当前叫到
    .nobody = 尚未叫号
    .seen = 已看
    .of_all = { $seen }人，共{ $all }人
    .ahead = 您前面
    .people = { $ahead }人
    .about = 预计轮到您
    .between = { $earliest }至{ $latest }
    .told_called = 正在叫您，请进诊室。
    .told_passed = 已过号。请到窗口，或再扫一次T码，即排下一位。
    .told_over = 本次就诊已结束，祝您早日康复。
    .as_of = { $at }更新，本页自动刷新。
