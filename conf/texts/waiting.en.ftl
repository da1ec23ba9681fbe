### The waiting list, for places that come back; and draws, for places that are scarce.

waiting =
    .menu_item = Waiting lists, draws
    .department_item = { $department } (full: wait)
    .other_item = Full times: waiting list, draws
    .instead = This time is full.
    .wait = Wait for it
    .choose_other = Choose another time
    .which = Wait, or enter a draw
    .any_item = Wait for any time
    .item = Wait for { $day } { half } { $starts }{ doctor }
    .until = Wait until which day?
    .until_item = Until { $last }
    .who = Who is the place for?
    .confirm =
        Wait for this?
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
        { $name }
    .confirm_any =
        Wait for any time?
        { $centre }, { $department }
        Until { $last }
        { $name }
    .yes = Yes
    .no = No
    .joined = You are on the waiting list, { waiting-ahead }. When a place comes free we text you: reply 1 to take it.
    .not_joined = You were not put on the waiting list.
    .already = This person is on the waiting list of this department already.
    .too_many = This phone is on as many waiting lists as it may be. Leave one first.
    .gone_entry = You are not on that waiting list any more.
    .gone = The place has gone to somebody else. You stay on the waiting list.
    .none = You are on no waiting list and in no draw.
    .mine = Waiting lists, draws
    .mine_item = { $name }: { $department } { $day } { half } { $starts }
    .mine_any_item = { $name }: { $department } until { $last }
    .take_item = Free: { $day } { half } { $starts } { $department }, { $name }
    .view =
        Waiting: { $name }, { waiting-ahead }
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
    .view_any =
        Waiting: { $name }, { waiting-ahead }
        { $centre }, { $department }
        Until { $last }
    .leave = Leave the list
    .keep = Stay on the list
    .left = You have left the list.
    .kept = You stay on the waiting list.
    .take =
        Take this place?
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
        { $name }, { $fee }
    .take_yes = Take it
    .take_no = No, stay on the list
    .declined = All right, the next one is asked. You stay on the waiting list.
    .booked = Booked: { $centre }, { $department }, { $day } { half } { $starts }, no. { $queue }. The T-code comes by SMS.
    .pending = Held for you until { $until }: { $centre }, { $department }, { $day } { half } { $starts }, no. { $queue }. Confirm the payment of { $fee } on your phone.
    .offer_sms = Free place: { $name }, { $day } { half } { $starts }, { $centre }, { $department }{ doctor }, { $fee }. Reply 1 to take it, 0 if not. First reply wins.
    .taken_sms = { $name }: the place on { $day } { half } { $starts }, { $centre }, { $department } has gone to somebody else. You stay on the waiting list.
    .over_sms = Waiting is over: { $name }, { $centre }, { $department }: no place came free until { $last }. Dial { $code } to book or wait again.
waiting-ahead = { $ahead ->
        [0] first in line
        [1] 1 ahead
       *[other] { $ahead } ahead
    }
voice-waiting-ahead = { $ahead ->
        [0] first in line
        [1] one is ahead
       *[other] { $ahead } are ahead
    }
voice-waiting =
    .department_item = { $department }, full; you can wait for a place
    .other_item = Wait for a time that is full, or enter a draw
    .which = Choose what to wait for, or a draw.
    .item = Wait for { $day } { voice-half } at { $starts }{ voice-doctor }
    .confirm = Please confirm that you wait: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }{ voice-doctor }.
    .confirm_any = Please confirm that you wait: { $name }, { $centre }, { $department }, for any time until { $last }.
    .joined = You are on the waiting list, { voice-waiting-ahead }. When a place comes free we tell you.
    .mine = These are your waiting lists and draws.
    .mine_item = { $name }, { $department }, { $day } { voice-half } at { $starts }
    .mine_any_item = { $name }, { $department }, until { $last }
    .take_item = A place has come free: { $day } { voice-half } at { $starts }, { $department }, { $name }
    .view = { $name } waits for { $centre }, { $department }, { $day } { voice-half } at { $starts }{ voice-doctor }, { voice-waiting-ahead }.
    .view_any = { $name } waits for { $centre }, { $department }, until { $last }, { voice-waiting-ahead }.
    .take = Do you take this place? { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }{ voice-doctor }, the fee is { $fee }.
    .booked = You are booked, number { $queue }. { $day } { voice-half } at { $starts }, { $centre }, { $department }. The T-code comes by text message.
    .pending = You are number { $queue }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, held until { $until }. Please confirm the payment of { $fee } on your phone.
    .offer_sms = A place has come free: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }{ voice-doctor }, the fee is { $fee }. To take it, call this hotline and choose my account, waiting lists. The first to take it has it.
    .taken_sms = { $name }: the place on { $day } { voice-half } at { $starts }, { $centre }, { $department }, has gone to somebody else. You stay on the waiting list.
    .over_sms = Waiting is over: { $name }, { $centre }, { $department }: no place came free until { $last }. Call this hotline to book or to wait again.

lottery =
    .item = Draw: { $day } { half } { $starts }{ doctor }, { $fee }
    .who = Who enters the draw?
    .if_lost = If not drawn, wait for this time?
    .if_lost_yes = Wait
    .if_lost_no = Do not wait
    .confirm =
        Enter the draw? { $places } places, { $tickets } in it
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
        { $name }, { $fee }
        Drawn { $drawday } { $drawat }
    .yes = Yes
    .no = No
    .entered = You are in the draw with ticket { $ticket }. It is drawn on { $drawday } at { $drawat }; we text you.
    .not_entered = Not entered.
    .already = This person is in this draw already.
    .closed = This draw is closed.
    .mine_item = Draw { $ticket }: { $name }, { $day } { half } { $department }
    .view =
        Ticket { $ticket }: { $name }
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
        Drawn { $drawday } { $drawat }
    .leave = Leave the draw
    .keep = Stay in the draw
    .left = You have left the draw.
    .kept = You are still in the draw.
    .entered_sms = Draw: { $name }, ticket { $ticket }, { $day } { half } { $starts }, { $centre }, { $department }. Drawn { $drawday } { $drawat }. Check: { $link }
    .won_sms = Drawn: { $name }, ticket { $ticket }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue }. Check it: { $link }
    .won_pay_sms = Drawn: { $name }, ticket { $ticket }, { $day } { half } { $starts }, { $centre }, { $department }, no. { $queue }. Pay { $fee } before { $drawday } { $drawat }, else it lapses.
    .lost_sms = Not drawn: { $name }, ticket { $ticket }, { $day } { half } { $starts }, { $centre }, { $department }. Check it: { $link }
    .lost_waits_sms = Not drawn: { $name }, ticket { $ticket }, { $day } { half } { $starts }, { $centre }, { $department }. You are on the waiting list now. Check it: { $link }
    .passed_sms = Ticket { $ticket }: { $name }, { $day } { half } { $starts }, { $centre }, { $department }: no place, because of another visit, a block or a payment. Check it: { $link }
    .off_sms = The draw is off: { $name }, ticket { $ticket }, { $day } { half } { $starts }, { $centre }, { $department } is called off.
voice-lottery =
    .item = Enter a draw: { $day } { voice-half } at { $starts }{ voice-doctor }, { $fee }
    .confirm = Please confirm that you enter the draw: { $name }, { $day } { voice-half } at { $starts }, { $centre }, { $department }{ voice-doctor }, the fee is { $fee }. There are { $places } places and { $tickets } tickets so far. It is drawn on { $drawday } at { $drawat }.
    .entered = You are in the draw with ticket { $ticket }. It is drawn on { $drawday } at { $drawat }. We text you.
    .mine_item = Draw, ticket { $ticket }, { $name }, { $day } { voice-half }, { $department }
    .view = { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department }{ voice-doctor }, drawn on { $drawday } at { $drawat }.
    .entered_sms = You are in the draw: { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department }. It is drawn on { $drawday } at { $drawat }.
    .won_sms = You are drawn: { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }.
    .won_pay_sms = You are drawn: { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department }, number { $queue }. Pay { $fee } before { $drawday } { $drawat }, else it lapses.
    .lost_sms = You were not drawn: { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department }.
    .lost_waits_sms = You were not drawn: { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department }. You are on the waiting list now.
    .passed_sms = { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department }: there is no place for you, because of another visit, a block or a payment.
    .off_sms = The draw is off: { $name }, ticket { $ticket }, { $day } { voice-half } at { $starts }, { $centre }, { $department } is called off.
