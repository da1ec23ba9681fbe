### Notices about visits, and how a visit was. Keys and words are the same in visit-notices.zh.ftl; a test keeps them so.
### An SMS has at most two segments, 306 characters. `voice-...` is for the ear; a T-code ($number) comes last there.

## Before a visit. `cancel_sms` are the words that answer such a notice.

remind =
    .eve_sms = Your visit: { $name }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue }, T-code { $number }. To cancel reply CANCEL or dial { $code }.
    .morning_sms = Your visit today: { $name }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue }, T-code { $number }, scan it at the kiosk. To cancel reply CANCEL or dial { $code }.
    .cancel_sms = CANCEL
voice-remind =
    .eve_sms = A reminder of your visit: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }. To cancel, call this hotline. At the centre your T-code gives you your place. It is: { $number }
    .morning_sms = Your visit is today: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }. At the centre your T-code gives you your place. It is: { $number }

## In the queue.

queue =
    .near_sms = It is nearly your turn: { $name }, { $department }, no. { $queue }, { ahead }. Please come to the consulting room and wait there.
    .room_sms = It is nearly your turn: { $name }, { $department }, no. { $queue }, { ahead }. Please come to room { $room } and wait there.
voice-queue =
    .near_sms = It is nearly your turn: { $name }, { $department }, number { $queue }, { voice-ahead }. Please come to the consulting room and wait there.
    .room_sms = It is nearly your turn: { $name }, { $department }, number { $queue }, { voice-ahead }. Please come to room { $room } and wait there.

## A clinic session that is stopped, or moved.

stopped =
    .told_sms = Called off: { $name }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue } ({ $reason }). Its T-code is void. To book another reply BOOK or dial { $code }.
voice-stopped =
    .told_sms = A visit is called off: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }. The reason is: { $reason }. Its T-code is void. To book another, call this hotline.
moved =
    .told_sms = Moved: { $name }, { $centre }, { $department }, { $was } { $wasat } is now on { $day } { half } { $starts }{ doctor }, no. { $queue } ({ $reason }). T-code { $number } stays. If you cannot come reply CANCEL.
    .twice_sms = Called off: { $name }, { $centre }, { $department }, { $was } { $wasat } was moved to { $day } ({ $reason }), when you have a visit there already. That one stands; the T-code of this one is void.
voice-moved =
    .told_sms = A visit is moved: { $name }, { $centre }, { $department }, { $was } at { $wasat }. It is now on { $day } { voice-half } at { $starts }{ voice-doctor }, number { $queue }. The reason is: { $reason }. To cancel, call this hotline. Your T-code stays. It is: { $number }
    .twice_sms = A visit is called off: { $name }, { $centre }, { $department }, { $was } at { $wasat }. It was moved to { $day }, when you have a visit there already. The reason is: { $reason }. The other one stands; the T-code of this one is void.

## After a visit.

missed =
    .told_sms = { $name } did not come to { $centre }, { $department }, on { $day } { half }, and the place has lapsed. If you still need a visit reply BOOK or dial { $code }. We wish you well.
voice-missed =
    .told_sms = { $name } did not come to { $centre }, { $department }, on { $day } { voice-half }, and the place has lapsed. If you still need a visit, call this hotline to book one. We wish you well.

## How it was. The lists of words that stand for a score are between bars.

satisfaction =
    .ask_sms = { $name } was at { $centre }, { $department }, on { $day }. How was it? Reply 1 to 5: 5 very good, 4 good, 3 fair, 2 bad, 1 very bad. You may add a comment. Free of charge.
    .thanks = Thank you for your answer: { $score }.
    .sorry = Thank you for your answer: { $score }. We are sorry that it was not good; the centre will call you.
    .already = You have answered this already, thank you.
    .over = This can no longer be answered, thank you.
    .item = Rate { $day }, { $department }
    .which = { $day }, { $department }: how was it?
    .score_one = Very bad
    .score_two = Bad
    .score_three = Fair
    .score_four = Good
    .score_five = Very good
    .one_sms = very bad|terrible|awful
    .two_sms = bad|not good|poor
    .three_sms = fair|so so|average
    .four_sms = good|fine|satisfied
    .five_sms = very good|excellent|great|very satisfied
    .points_sms = points|point|stars|star
voice-satisfaction =
    .ask_sms = { $name } was at { $centre }, { $department }, on { $day }. How was it? Call this hotline and choose My visits to tell us.
    .which = { $day }, { $department }: how was it?
    .item = Rate the visit of { $day }, { $department }
