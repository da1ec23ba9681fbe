### What happens to a clinic session, as it is told to whoever booked it or waits for it. The keys and words are the same
### in sessions.zh.ftl; a test keeps them so. An SMS has at most two segments. `voice-...` is for the ear; what is told of
### a visit that was not paid for beforehand is in visit-notices.en.ftl (stopped, moved).

## Somebody of the same grade takes over.

substitute =
    .told_sms = Your doctor changes: { $name }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue }: { $practitioner } for { $instead }. Time, number and T-code stay. If you cannot come reply CANCEL.
voice-substitute =
    .told_sms = Your doctor changes. { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }: you see { $practitioner } instead of { $instead }. Time, number and T-code stay as they are. To cancel, call this hotline.

## Stopped: what was paid, or was to be paid; who waited for a place in it, or for its draw.

halted =
    .refunded_sms = Called off: { $name }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue } ({ $reason }). Its T-code is void; what you paid goes back to where it came from. To book another reply BOOK or dial { $code }.
    .unpaid_sms = Called off: { $name }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue } ({ $reason }). Do not pay for it any more; what still comes goes back. To book another reply BOOK or dial { $code }.
    .twice_refunded_sms = Called off: { $name }, { $centre }, { $department }, { $was } { $wasat } was moved to { $day } ({ $reason }), when you have a visit there already. That one stands; the T-code of this one is void, and what you paid goes back.
    .twice_unpaid_sms = Called off: { $name }, { $centre }, { $department }, { $was } { $wasat } was moved to { $day } ({ $reason }), when you have a visit there already. That one stands; do not pay for this one any more.
    .waiting_sms = Waiting list closed: { $name }, { $day } { half } { $starts }, { $centre }, { $department } is called off ({ $reason }). To book another day reply BOOK or dial { $code }.
    .draw_sms = The draw is off: { $name }, { $day } { half } { $starts }, { $centre }, { $department } is called off ({ $reason }). To book another day reply BOOK or dial { $code }.
voice-halted =
    .refunded_sms = A visit is called off: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }. The reason is: { $reason }. Its T-code is void. What you paid goes back to where it came from. To book another, call this hotline.
    .unpaid_sms = A visit is called off: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }. The reason is: { $reason }. Do not pay for it any more; what still comes goes back. To book another, call this hotline.
    .twice_refunded_sms = A visit is called off: { $name }, { $centre }, { $department }, { $was } at { $wasat }. It was moved to { $day }, when you have a visit there already. The reason is: { $reason }. The other one stands. The T-code of this one is void, and what you paid goes back to where it came from.
    .twice_unpaid_sms = A visit is called off: { $name }, { $centre }, { $department }, { $was } at { $wasat }. It was moved to { $day }, when you have a visit there already. The reason is: { $reason }. The other one stands. Do not pay for this one any more.
    .waiting_sms = A waiting list that you are on is closed: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department } is called off. The reason is: { $reason }. To book another day, call this hotline.
    .draw_sms = The draw is off: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department } is called off. The reason is: { $reason }. To book another day, call this hotline.

## Moved before it was paid.

shifted =
    .unpaid_sms = Moved: { $name }, { $centre }, { $department }, { $was } { $wasat } is now on { $day } { half } { $starts }{ doctor }, no. { $queue } ({ $reason }). It is yours once it is paid. If you cannot come reply CANCEL.
voice-shifted =
    .unpaid_sms = A visit is moved: { $name }, { $centre }, { $department }, { $was } at { $wasat }. It is now on { $day } { voice-half } at { $starts }{ voice-doctor }, number { $queue }. The reason is: { $reason }. It is yours once it is paid. To cancel, call this hotline.
