### Where somebody stands in the queue: dialogs, SMS, the T-code's page, the kiosk. Keys and words as in standing.zh.ftl.

now-called = { $called ->
        [0] Nobody is called yet
       *[other] Now at no. { $called }
    }
voice-now-called = { $called ->
        [0] Nobody is called yet
       *[other] Now number { $called } is called
    }

standing =
    .waits = { now-called }. { $seen } of { $all } seen. Your turn: about { $earliest }-{ $latest }
    .called = You are called, please go in. { $seen } of { $all } seen.
    .passed = You were called and were not there. Come to the counter or scan your T-code again: you are next then. { now-called }, { $seen } of { $all } seen.
    .waits_sms = { $department } no. { $queue }, { ahead }. { now-called }. { $seen } of { $all } seen. Your turn: about { $earliest }-{ $latest }
    .called_now_sms = { $department } no. { $queue }: you are called, please go in.
    .passed_sms = { $department } no. { $queue }: you were called and were not there. Come to the counter or scan your T-code again: you are next then. { now-called }.
    .later_sms = { $day } { half }, { $department }, no. { $queue }, { ahead }. On the day ask again for the queue.
    .none_sms = You have no visits. Send BOOK to book one.
    .room_sms = No. { $queue } is called: { $name }, { $department }. Please go to room { $room } now.
    .called_sms = No. { $queue } is called: { $name }, { $department }. Please go to the consulting room now.
    .moved_room_sms = { $name }, you now wait at { $department }, room { $room }, as no. { $queue }. You keep your place by the time you came.
    .moved_sms = { $name }, you now wait at { $department } as no. { $queue }. You keep your place by the time you came.
    .walk_in_sms = Registered: { $name }, { $centre }, { $department }, no. { $queue }. You are in the queue; see how it goes: { $link }

voice-standing =
    .waits = { voice-now-called }. { $seen } of { $all } are seen. Your turn is at about { $earliest } to { $latest }.
    .called = You are called now. Please go in.
    .passed = You were called and were not there. Please come to the counter, or scan your T-code again, and you will be next. { voice-now-called }.
    .room_sms = Number { $queue } is called: { $name }, { $department }. Please go to room { $room } now.
    .called_sms = Number { $queue } is called: { $name }, { $department }. Please go to the consulting room now.
    .moved_room_sms = { $name }, you now wait at { $department }, room { $room }, as number { $queue }. You keep your place by the time you came.
    .moved_sms = { $name }, you now wait at { $department } as number { $queue }. You keep your place by the time you came.
    .walk_in_sms = Registered: { $name }, { $centre }, { $department }, number { $queue }. You are in the queue.

## The kiosk after a check-in, the page of a T-code.

checkin =
    .next = You are next. Please wait at the door.
    .next_room = You are next. Please wait at room { $room }.
    .waits = { $ahead } ahead of you; you will be called at about { $earliest } to { $latest }.
    .waits_room = { $ahead } ahead of you; you will be called to room { $room } at about { $earliest } to { $latest }.
    .called = You are called: please go in.

queue-page =
    .title = The queue now
    .called = Called now
    .nobody = nobody yet
    .seen = Seen
    .of_all = { $seen } of { $all }
    .ahead = Ahead of you
    .people = { $ahead }
    .about = Your turn
    .between = about { $earliest } to { $latest }
    .told_called = You are called: please go in now.
    .told_passed = You were called and were not there. Come to the counter or scan your T-code again: you are next then.
    .told_over = This visit is over. Get well soon.
    .as_of = As of { $at }; this page renews itself.
