### What callers hear in English. `voice` is only ever heard; `voice-visit` says for the ear what `visit` says for the eye.
### Keys and words are the same in voice.zh.ftl. A text for the ear needs no word that the one for the eye does not get;
### only a T-code ($number) may be added, and it comes last, so that it can be written down.

## The hotline itself.

voice =
    .welcome = Hello, and welcome to the community health line.
    .choose_own = For English, press 2.
    .press = , press { $key }
    .more = More options
    .back = To go back, press the star key.
    .to_operator = To speak to a person, press 0.
    .emergency_hint = In an emergency, press the hash key at any time.
    .repeat = To hear it again, press the star key.
    .enter_number = Please enter it on your keypad. If it ends in X, press the star key for it.
    .speak_name = Please say the name of the patient after the tone, then press the hash key.
    .menu_again = For the main menu, press 1. To finish, just hang up.
    .calling_operator = We are putting you through, please wait.
    .no_operator = Nobody can take your call just now.
    .emergency_calling = We are calling the doctor on duty. Please do not hang up.
    .emergency_failed = The doctor on duty does not answer. Please hang up and call 120 at once.
    .no_duty = There is no duty phone just now. Please hang up and call 120 at once.
    .goodbye = Thank you for calling, goodbye.
    .full = All lines are busy. Please call again later.
    .hold = Many are calling. You are in line, please hold.
    .greet_notice = Hello, this is your community health centre. We have a message for you. To hear it, press 1.
    .notice_again = To hear it again, press 1. To finish, just hang up.
    .resumed = The line was interrupted. We are back now.
    .no_number = We cannot see your number. Please call again with your number shown.
    .plain = { $text }

## Words that several texts share.

voice-half = { $half ->
        [am] in the morning
       *[pm] in the afternoon
    }
voice-doctor = { $practitioner ->
        [none] {""}
       *[other] , with { $practitioner }
    }
voice-ahead = { $ahead ->
        [0] nobody ahead of you
       *[other] { $ahead } ahead of you
    }

## The texts of en.ftl for the ear.

voice-talk =
    .not_understood = That was not understood, please try again.
    .unanswered = We did not hear a key.
    .too_many = We received no valid answer. Please call again later.
    .gone = That option is not there any more, please choose again.
    .changed = The options have changed, please choose again.

voice-root =
    .menu = Please choose a service.
    .language = Change the language

voice-visit =
    .centre = Please choose a centre.
    .department = Please choose a department.
    .department_item = { $department }, { $left } left
    .day = Please choose a day.
    .day_item = { $day }, { $left } left
    .session = Please choose a time.
    .session_item = { $starts } { voice-half }{ voice-doctor }, { $fee }, { $left } left
    .confirm = Please confirm: { $name }, on { $day }, at { $starts } { voice-half }, { $centre }, { $department }{ voice-doctor }. The fee is { $fee }.
    .booked = You are booked. Your number is { $queue }. On { $day }, at { $starts } { voice-half }, { $centre }, { $department }. Please give your T-code at the kiosk when you come. Your T-code is: { $number }
    .not_booked = Nothing was booked.
    .full = That time is full now, please choose another.
    .closed = That time is closed now, please choose another.
    .already = This person already has a visit to this department on that day.
    .list = You have these visits.
    .item = { $day }, { voice-half }, { $department }, number { $queue }, { voice-ahead }
    .view = { $name }, number { $queue }, { voice-ahead }. On { $day }, at { $starts } { voice-half }, { $centre }, { $department }{ voice-doctor }.
    .hear_code = Hear the T-code
    .code = Your T-code is: { $number }
    .send_again = Send the T-code again
    .cancel = Cancel the visit
    .cancel_sure = Do you want to cancel { $day }, { voice-half }, { $department }, number { $queue }?
    .code_sent = You will get your T-code again.
    .code_sms = You are booked at { $centre }, { $department }, on { $day }, at { $starts } { voice-half }, number { $queue }. Please give your T-code at the kiosk when you come. Your T-code is: { $number }
    .cancelled_sms = Your visit is cancelled: { $centre }, { $department }, { $day }, at { $starts } { voice-half }, number { $queue }. Its T-code is void.

voice-resident =
    .self = Myself, { $name }
    .identity = Please enter the identity number of { $name }, which has 18 characters.
    .identity_first = Please enter the identity number of the patient, which has 18 characters.
    .spoken_name = We will record the name.

voice-language =
    .which = Please choose a language.
    .zh = Chinese
    .en = English
    .set = The language is English now.

voice-vaccine-name = { $vaccine ->
        [HepB] Hepatitis B
        [BCG] B C G
        [IPV] Polio, injected
        [bOPV] Polio, by mouth
        [DTaP] Diphtheria, tetanus and pertussis
        [DT] Diphtheria and tetanus
        [MMR] Measles, mumps and rubella
        [JE-L] Japanese encephalitis, live
        [JE-I] Japanese encephalitis, inactivated
        [MPSV-A] Meningococcal A
        [MPSV-AC] Meningococcal A and C
        [HepA-L] Hepatitis A, live
        [HepA-I] Hepatitis A, inactivated
       *[other] { $vaccine }
    }
voice-vaccine =
    .who = Whose vaccine record would you like to hear?
    .record = { $name }, number of doses given: { $count }. The latest come first.
    .dose = { voice-vaccine-name }, dose { $dose }, on { $day } { $year }.
    .left = Number of earlier ones: { $left }.
    .more = Hear the earlier ones
    .what = Vaccines of { $name }. Please choose.
    .which = What is next for { $name }. Please choose.
    .item_now = { $vaccine }, dose { $dose }, can be given now
    .item_overdue = { $vaccine }, dose { $dose }, is overdue
    .item_later = { $vaccine }, dose { $dose }, from { $day } on
    .item_far = { $vaccine }, dose { $dose }, from { $day } { $year } on
    .view = Please choose.
    .view_book = Book a place for it
    .held = { $name } has a place on { $day }, { voice-half }, { $department }, number { $queue }.
    .before_sms = { voice-vaccine-child } { $vaccine }, dose { $dose }, can be given from { $day } on, at { $centre }. { vaccine-note }Please bring the vaccination certificate. { voice-vaccine-book }
    .due_sms = { voice-vaccine-child } { $vaccine }, dose { $dose }, can be given now, at { $centre }. { vaccine-note }Please bring the vaccination certificate. { voice-vaccine-book }
    .overdue_sms = { voice-vaccine-child } { $vaccine }, dose { $dose }, is overdue. Please come to { $centre } soon. { vaccine-note }Please bring the vaccination certificate. { voice-vaccine-book }
    .several_sms = { voice-vaccine-child } { $what }. The place is { $centre }. { vaccine-note }Please bring the vaccination certificate. { voice-vaccine-book }

voice-vaccine-child = { $name ->
        [none] This is a reminder of a vaccination.
       *[other] This is a reminder of a vaccination for { $name }.
    }
voice-vaccine-book = To book or to ask, call { $hotline }.
voice-knowledge =
    .which = Please choose a topic.

voice-home =
    .who = Who needs the home visit?
    .confirm = Please confirm: a home visit for { $name }, by { $centre }. Staff will call this number. In an emergency call 120.
    .requested = This is noted. { $centre } will call you about the time and the address.
    .not_requested = Nothing was requested.
    .already = This is noted already. Please wait for our call.
    .noted_sms = { $centre } has noted a home visit for { $name }. Staff will call this number about time and address. In an emergency call 120.

voice-tips =
    .which = Please choose a topic.
