### Reminders to take medicines: one or two SMS. No illness is named; who shares a phone is named (王*英).
### `..._words_sms` are what people write, between bars; both languages are understood in either.

medication-who = { $name ->
        [none] {""}
       *[other] { $name }
    }
medication =
    .due_sms = { $at } { medication-who }请服药：{ $medicines }。吃了回复{ $yes }，没吃回复{ $no }。
    .first_sms = { $at } { medication-who }请服药：{ $medicines }。吃了回复{ $yes }，没吃回复{ $no }。不需要提醒请回复：停止用药提醒
    .last_sms = { $at } { medication-who }请服药：{ $medicines }。吃了回复{ $yes }，没吃回复{ $no }。这是最后一次提醒，之后请遵医嘱。
    .item_sms = { $medicine } { $dose }
    .item_last_sms = { $medicine } { $dose }（最后一次）
    .item_low_sms = { $medicine } { $dose }（剩{ $left }次）
    .several_sms = { $medicines }等{ $count }种
    .caution_sms = { medication-who }服用{ $medicine }请注意：{ $caution }。有疑问请拨{ $hotline }。
    .refill_sms = { medication-who }的{ $medicine }还剩{ $left }次，请及时到{ $centre }取药。
    .refill_own_sms = 您的{ $medicine }还剩{ $left }次，请及时到{ $centre }取药。
    .empty_sms = { medication-who }的{ $medicine }已用完，提醒已停止。请到{ $centre }取药，取药后恢复提醒。
    .empty_own_sms = 您的{ $medicine }已用完，提醒已停止。请到{ $centre }取药，取药后恢复提醒。
    .stopped_elsewhere_sms = { medication-who }的用药提醒已由另一部手机停止。需要恢复请联系{ $centre }。
    .stopped_elsewhere_own_sms = 您的用药提醒已由另一部手机停止。需要恢复请联系{ $centre }。
    .taken_sms = 已记录{ medication-who } { $at }已服：{ $medicines }。
    .missed_sms = 已记录{ medication-who } { $at }未服：{ $medicines }。请勿自行补服加倍，有疑问请拨{ $hotline }。
    .left_sms = { $medicine }（剩{ $left }次）
    .which_sms = 是谁的药？
    .which_item_sms = { $name }：吃了回复{ $yes }，没吃回复{ $no }
    .stopped_sms = 用药提醒已停止：{ $medicines }。请继续遵医嘱服药；恢复提醒请联系中心{ $hotline }。
    .none_stopped_sms = 本机目前没有用药提醒。
    .whose_sms = 本机提醒几个人用药，请写明姓名，例如：停止用药提醒 { $name }
    .yes_words_sms = 吃了|吃过|吃过了|已吃|已经吃了|吃药了|吃好了|服了|服药了|已服|已服用|已服药|已经服了|taken|took it|yes
    .no_words_sms = 没吃|没有吃|未吃|还没吃|没服|未服|没服药|未服药|忘了|忘记了|忘吃了|not taken|missed|forgot|no
    .stop_words_sms = 停止用药提醒|停止服药提醒|停止吃药提醒|取消用药提醒|取消服药提醒|不要用药提醒|stop medicine|stop medicines|stop medication|stopmed
    .who = 看谁的用药？
    .person = { $name }
    .menu = 用药提醒
    .show = 我的药
    .took = { medication-who }{ $at }的药已吃
    .skipped = { medication-who }{ $at }的药没吃
    .noted = 已记录。
    .too_late = 这次提醒已经结束，未记录。
    .item = { $medicine }，每次{ $dose }，{ $times }
    .item_left = { $medicine }，每次{ $dose }，{ $times }，剩{ $left }次
    .item_empty = { $medicine }已用完，请到中心取药
    .none = 本机没有登记用药提醒。

voice-medication =
    .due_sms = { $at }，{ medication-who }请服药：{ $medicines }。
    .first_sms = { $at }，{ medication-who }请服药：{ $medicines }。
    .last_sms = { $at }，{ medication-who }请服药：{ $medicines }。这是最后一次提醒，之后请遵医嘱。
    .caution_sms = { medication-who }服用{ $medicine }请注意：{ $caution }。有疑问请拨打{ $hotline }。
    .refill_sms = { medication-who }的{ $medicine }还剩{ $left }次，请及时到{ $centre }取药。
    .refill_own_sms = 您的{ $medicine }还剩{ $left }次，请及时到{ $centre }取药。
    .empty_sms = { medication-who }的{ $medicine }已经用完，提醒已停止。请到{ $centre }取药，取药后恢复提醒。
    .empty_own_sms = 您的{ $medicine }已经用完，提醒已停止。请到{ $centre }取药，取药后恢复提醒。
    .stopped_elsewhere_sms = { medication-who }的用药提醒，已由另一部手机停止。需要恢复请联系{ $centre }。
    .stopped_elsewhere_own_sms = 您的用药提醒，已由另一部手机停止。需要恢复请联系{ $centre }。
