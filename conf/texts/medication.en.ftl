### Reminders to take medicines: one or two SMS. No illness is named; who shares a phone is named (J. Smith).
### `..._words_sms` are what people write, between bars; both languages are understood in either.

medication-who = { $name ->
        [none] {""}
       *[other] {""} for { $name }
    }
medication =
    .due_sms = { $at } medicine{ medication-who }: { $medicines }. Answer { $yes } when taken, { $no } if not.
    .first_sms = { $at } medicine{ medication-who }: { $medicines }. Answer { $yes } when taken, { $no } if not. To end this: STOP MEDICINE
    .last_sms = { $at } medicine{ medication-who }: { $medicines }. Answer { $yes } when taken, { $no } if not. The last reminder.
    .item_sms = { $medicine } { $dose }
    .item_last_sms = { $medicine } { $dose } (the last)
    .item_low_sms = { $medicine } { $dose } ({ $left } left)
    .several_sms = { $medicines } and more ({ $count })
    .caution_sms = { $medicine }{ medication-who }: { $caution }. Questions: { $hotline }
    .refill_sms = { $medicine }{ medication-who }: { $left } doses left. Please fetch more at { $centre } in time.
    .refill_own_sms = Your { $medicine }: { $left } doses left. Please fetch more at { $centre } in time.
    .empty_sms = { $medicine }{ medication-who } is used up, reminders end. Please fetch more at { $centre }.
    .empty_own_sms = Your { $medicine } is used up, its reminders have ended. Please fetch more at { $centre }; then they go on.
    .stopped_elsewhere_sms = The medicine reminders{ medication-who } were ended by another phone. To have them again ask { $centre }.
    .stopped_elsewhere_own_sms = Your medicine reminders were ended by another phone. To have them again ask { $centre }.
    .taken_sms = Noted as taken at { $at }{ medication-who }: { $medicines }.
    .missed_sms = Noted as not taken at { $at }{ medication-who }: { $medicines }. Do not take double later; questions: { $hotline }.
    .left_sms = { $medicine } ({ $left } left)
    .which_sms = Whose medicine?
    .which_item_sms = { $name }: answer { $yes } when taken, { $no } if not
    .stopped_sms = No more medicine reminders: { $medicines }. Go on taking them as your doctor says; to be reminded again call { $hotline }.
    .none_stopped_sms = This phone gets no medicine reminders.
    .whose_sms = This phone is reminded for several people: add the name, as: STOP MEDICINE { $name }
    .yes_words_sms = taken|took it|i took it|have taken|yes|吃了|已吃|已服
    .no_words_sms = not taken|not yet|missed|forgot|no|没吃|未服
    .stop_words_sms = stop medicine|stop medicines|stop medication|stop meds|stopmed|停止用药提醒
    .who = Whose medicines?
    .person = { $name }
    .menu = Medicines
    .show = My medicines
    .took = Taken at { $at }{ medication-who }
    .skipped = Not taken at { $at }{ medication-who }
    .noted = Noted.
    .too_late = That reminder is over; nothing was noted.
    .item = { $medicine }, { $dose } at { $times }
    .item_left = { $medicine }, { $dose } at { $times }, { $left } left
    .item_empty = { $medicine } is used up, please fetch more at the centre
    .none = No medicine reminders are registered for this phone.

voice-medication =
    .due_sms = { $at }. Medicine{ medication-who }: { $medicines }. Please take it now.
    .first_sms = { $at }. Medicine{ medication-who }: { $medicines }. Please take it now.
    .last_sms = { $at }. Medicine{ medication-who }: { $medicines }. This is the last reminder; then do as your doctor says.
    .caution_sms = { $medicine }{ medication-who }. Please note: { $caution }. If you have questions, call { $hotline }.
    .refill_sms = { $medicine }{ medication-who }: { $left } doses are left. Please fetch more at { $centre } in time.
    .refill_own_sms = Of your { $medicine } { $left } doses are left. Please fetch more at { $centre } in time.
    .empty_sms = { $medicine }{ medication-who } is used up, and its reminders have ended. Please fetch more at { $centre }.
    .empty_own_sms = Your { $medicine } is used up, and its reminders have ended. Please fetch more at { $centre }.
    .stopped_elsewhere_sms = The medicine reminders{ medication-who } were ended by another phone. To have them again ask { $centre }.
    .stopped_elsewhere_own_sms = Your medicine reminders were ended by another phone. To have them again ask { $centre }.
