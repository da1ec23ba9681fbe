### What residents read and hear in English. Only GSM-7 characters: one other makes a screen hold 80 instead of 182.
### Keys and words are the same in zh.ftl; a test keeps them so.

## Words that several texts share.

half = { $half ->
        [am] am
       *[pm] pm
    }
doctor = { $practitioner ->
        [none] {""}
       *[other] {", "}{ $practitioner }
    }
ahead = { $ahead ->
        [0] nobody ahead
       *[other] { $ahead } ahead
    }

## Every conversation.

talk =
    .back = Back
    .more = More
    .resume = { $what ->
        [book] Go on booking?
       *[other] Go on where you stopped?
    }
    .go_on = Go on
    .start_again = Start again
    .not_understood = Not understood, please try again.
    .unanswered = Nothing was received.
    .gone = That choice has gone, please choose again.
    .changed = The choices have changed, please choose again.
    .too_many = Too many wrong answers. Please try again later.
    .bye = Thank you, goodbye.

## The root menu.

root =
    .menu = Community health
    .book = Book a visit
    .visits = My visits and queue
    .vaccines = Vaccine record
    .tips = Health tips
    .home = Home visit
    .language = Language/Zhongwen
    .readings = Blood pressure, sugar
    .account = My account

## Booking a visit, looking at it, giving it back.

visit =
    .centre = Which centre?
    .centre_item = { $centre }
    .department = Which department?
    .department_item = { $department } ({ $left } left)
    .day = Which day?
    .day_item = { $day } ({ $left } left)
    .session = Which time?
    .session_item = { half } { $starts }{ doctor }, { $fee }, { $left } left
    .who = Who is the visit for?
    .confirm =
        Book this?
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
        { $name }, { $fee }
    .yes = Yes
    .no = No
    .booked =
        Booked: no. { $queue }.
        { $centre }, { $department }
        { $day } { half } { $starts }
        Your T-code comes by SMS: scan it at the kiosk.
    .not_booked = Nothing was booked.
    .none_open = There are no places to book at present.
    .full = This time is full now, please choose another.
    .closed = This time is closed now, please choose another.
    .already = This person has a visit to this department on that day.
    .not_possible = This is not possible. Please ask at the counter.
    .blocked = Booking by phone is blocked until { $last }. Ask at the counter, or appeal under My account.
    .none = You have no visits.
    .list = My visits
    .item = { $day } { half }, { $department }, no. { $queue }, { ahead }
    .view =
        No. { $queue }, { ahead }
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
        { $name }
        T-code { $number }
    .hear_code = Hear code
    .code = T-code { $number }
    .send_again = Send code
    .cancel = Cancel
    .code_sent = Your T-code was sent again by SMS.
    .cancel_sure = Cancel { $day } { half }, { $department }, no. { $queue }?
    .cancel_yes = Yes, cancel
    .cancel_no = Keep it
    .cancelled = Your visit is cancelled.
    .kept = Your visit stands.
    .not_cancellable = This visit cannot be cancelled.
    .code_sms = Booked: { $centre }, { $department }, { $day } { half } { $starts }, no. { $queue }. T-code { $number }, scan it at the kiosk: { $link }
    .unpaid_sms = Not booked: { $centre }, { $department }, { $day } { half } { $starts }, no. { $queue } was not paid in time and is free again. Later payments go back to you.
    .cancelled_sms = Cancelled: { $centre }, { $department }, { $day } { half } { $starts }, no. { $queue }. Its T-code is void.

## Who the visit is for.

resident =
    .self = Myself ({ $name })
    .other = { $name }
    .new = Someone else
    .name = Name of the patient:
    .identity = Identity number of { $name } (18 characters):
    .bad_name = That is no valid name.
    .bad_identity = That is no valid identity number.
    .identity_first = Identity number of the patient (18 characters):
    .spoken_name = Say the name of the patient:

## A home visit. `duty_sms` goes to the centre's staff.

home =
    .who = Who needs the visit?
    .confirm =
        Request a home visit?
        { $name }
        { $centre }
        Staff will call this number. In an emergency call 120.
    .yes = Yes
    .no = No
    .requested = Noted. { $centre } will call you about time and address.
    .not_requested = Nothing was requested.
    .already = This is noted already, please wait for our call.
    .nobody = No centre offers home visits at present.
    .noted_sms = { $centre } has noted a home visit for { $name }. Staff will call this number about time and address. In an emergency call 120.
    .duty_sms = Home visit wanted: { $name }, phone { $caller }. The address is not on record, please call back.

## To the staff on duty, when somebody calls for help.

alarm-caller = { $caller ->
        [none] number not shown
       *[other] call from { $caller }
    }
alarm =
    .file_sms = Emergency { $at }, { alarm-caller }
    .unknown_sms = Emergency { $at }, { alarm-caller }, not on record.
    .person_sms = { $name }, { $sex ->
            [male] male
           *[other] female
        }, { $age } years
    .home_sms = Home centre { $centre }
    .visit_sms = Today { half } { $centre }, { $department }, no. { $queue }, { $name }

language =
    .which = Language
    .zh = Zhongwen (Chinese)
    .en = English
    .set = The language is English now.

## To the centres' staff: a notice, and what comes of an answer to it. `command.acknowledge` are the words that answer.

staff-open = { $open ->
        [none] {""}
       *[other] {" "}Not answered yet: { $open }.
    }
staff =
    .notice_sms = { $text } Please answer: OK { $number }
    .remind_sms = Reminder: { $text } Please answer: OK { $number }
    .noted_sms = Notice { $number } is acknowledged, thank you.
    .already_sms = You have acknowledged notice { $number } already, thank you.
    .closed_sms = Notice { $number } is closed and needs no answer any more, thank you.
    .which_sms = Several notices wait for your answer: { $open }. Please name one, for example: OK { $number }
    .unknown_sms = You were sent no notice { $number }.{ staff-open }

## Broadcasts: what stands for the centre of who has none on record.

audience =
    .centre_sms = your health centre

## Ends that are ours, not the dialog's.

ussd =
    .unknown_code = No such service. Please dial { $code }.
    .expired = This session has ended. Please dial { $code } again.
    .please_wait = Please wait: the result comes by SMS. If none comes, dial { $code } again.
    .full = Many are calling. Your place in line is kept for 5 minutes: please dial { $code } again.

system =
    .failed = Something went wrong on our side. Please try again later.
    .busy = We are very busy. Please try again later.

## SMS to the service number. A keyword is one word without a blank; case does not matter.

command =
    .menu = MENU
    .book = BOOK
    .visits = VISITS VISIT
    .queue = QUEUE
    .vaccines = VACCINES VACCINE
    .tips = TIPS
    .home = HOME
    .language = LANG LANGUAGE ENGLISH
    .readings = READINGS
    .account = ACCOUNT BALANCE
    .acknowledge = OK
    .help = HELP INFO ?
    .stop = STOP UNSUBSCRIBE
    .start = START SUBSCRIBE
    .wrong = WRONG
    .stopped_text = You will get no more health education or advertising from us. Messages about your visits and T-codes still come. Send START to get them again.
    .started_text = You will get health education and advertising from us. Send STOP to stop.
    .wrong_text = Thank you, and sorry for the trouble. This number gets no more notices about those people.
    .help_text = Send BOOK, VISITS, QUEUE, ACCOUNT, VACCINES, TIPS, HOME, LANG or MENU, then answer with the numbers shown. Send readings as they are: BP 150/95. You can also dial { $code } or call { $hotline }.

## Messages to many. `refusal` is put after texts that the phone may refuse, unless they have one of `refusal_ways` (by |).

broadcast =
    .refusal = Reply STOP to stop
    .refusal_ways = Reply STOP|Send STOP|Text STOP
    .word = { $word }
