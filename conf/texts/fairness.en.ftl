### Fair booking: limits, absences and blocks, appeals. Keys and words are the same in fairness.zh.ftl.
### An SMS has at most two segments, 306 characters of GSM 7 bit. `voice-...` is for the ear.

## Which limit is reached.

limit =
    .person_day = One person can have at most { $most } visits on one day, whichever phone books. Choose another day, or cancel one first.
    .person_department = One person can have at most { $most } visits to come in one department. Cancel one first.
    .person = One person can have at most { $most } visits to come, whichever phone books. Cancel one first.
    .phone = One phone can have at most { $most } visits to come. Cancel one first, or ask at the counter.
    .phone_day = One phone can book at most { $most } times within a day. Try again tomorrow, or ask at the counter.

## A block, as it is told. `item`, `comma` and `and_more` list visits: Mon 8 Mar General practice, and 2 more

block =
    .item = { $day } { $department }
    .comma = { ", " }
    .and_more = { "" } and { $count } more
    .everywhere = all centres
    .this_phone = this phone
    .missed_sms = Missed visits of { $name }: { $count } ({ $visits }). Booking by phone is blocked at { $centre } until { $last }. Not right? Reply APPEAL and why, or dial { $code }, my account.
    .given_up_sms = Visits that { $name } cancelled: { $count } ({ $visits }). Booking by phone is blocked at { $centre } until { $last }. Not right? Reply APPEAL and why, or dial { $code }, my account.
    .staff_sms = Booking by phone is blocked for { $name } at { $centre } until { $last } ({ $reason }). Not right? Dial { $code }, my account, or ask at the counter.
    .lifted_sms = { $name } can book by phone at { $centre } again.
    .granted_sms = Appeal granted: { $name } can book by phone at { $centre } again. Answer: { $answer }
    .refused_sms = Appeal refused: booking by phone stays blocked for { $name } at { $centre } until { $last }. Answer: { $answer }
    .appeal_words_sms = appeal|i appeal|申诉
    .mine = Blocks and appeals
    .none = Nothing is blocked.
    .which = Which block?
    .which_item = { $name }, until { $last }
    .view_missed = Missed visits of { $name }: { $count }. Booking by phone is blocked at { $centre } until { $last }. You can still register at the counter.
    .view_given_up = Visits that { $name } cancelled: { $count }. Booking by phone is blocked at { $centre } until { $last }. You can still register at the counter.
    .view_staff = Booking by phone is blocked for { $name } at { $centre } until { $last }: { $reason }. You can still register at the counter.
    .visit = { $day } { $department }
    .others = { $count } more, booked by other phones.
    .appeal = Appeal
    .leave = Do not appeal
    .why = Why is it not right?
    .left = You have not appealed.
    .appealed = Your appeal is noted. You will be told the answer.
    .appeal_waits = Your appeal is being looked at. You will be told the answer.
    .appeal_refused = Your appeal was refused: { $answer }
    .not_appealable = You cannot appeal: the block is over, or there was an appeal already. Ask at the counter.

voice-block =
    .which = Which block would you like to hear?
    .missed_sms = Missed visits of { $name }: { $count }. Booking by phone is blocked at { $centre } until { $last }. To appeal, please call this hotline and choose my account.
    .given_up_sms = Visits that { $name } cancelled: { $count }. Booking by phone is blocked at { $centre } until { $last }. To appeal, please call this hotline and choose my account.
    .staff_sms = Booking by phone is blocked for { $name } at { $centre } until { $last }. The reason is { $reason }. To appeal, please call this hotline and choose my account.
    .which_item = the block of { $name }, until { $last }
    .visit = { $day }, { $department }.
    .view_missed = Missed visits of { $name }: { $count }. Booking by phone is blocked at { $centre } until { $last }. You can still register at the counter.
    .view_given_up = Visits that { $name } cancelled: { $count }. Booking by phone is blocked at { $centre } until { $last }. You can still register at the counter.
    .view_staff = Booking by phone is blocked for { $name } at { $centre } until { $last }. The reason is { $reason }. You can still register at the counter.
