### What families are told of their children's vaccines: by reminders that come by themselves, and when they ask.
### A reminder is one or two SMS. Keys are the same in vaccine.zh.ftl. The vaccines of records go by their codes here;
### elsewhere they have the names of conf/vaccines.

## Words that several texts share.

vaccine-child = { $name ->
        [none] Vaccine reminder:
       *[other] Vaccine reminder for { $name }:
    }
vaccine-note = { $note ->
        [skin] { $vaccine } only after a tuberculin test that is negative.{" "}
        [live] { $vaccine } must wait after the last live vaccine, please not earlier.{" "}
        [immunoglobulin] { $vaccine } must wait after immunoglobulin, please not earlier.{" "}
        [contra] A contraindication is on record, please tell the doctor first.{" "}
       *[none] {""}
    }
vaccine-book = { $book ->
        [reply] Reply 1 to book.
       *[call] Questions? Call { $hotline }.
    }

## The record, what is next and why, booking, contraindications; at the end the reminders.

vaccine-name = { $vaccine ->
        [HepB] Hepatitis B
        [BCG] BCG
        [IPV] Polio (IPV)
        [bOPV] Polio (oral)
        [DTaP] DTaP
        [DT] DT
        [MMR] MMR
        [JE-L] Japanese enc. (live)
        [JE-I] Japanese enc. (inact.)
        [MPSV-A] Meningococcal A
        [MPSV-AC] Meningococcal A+C
        [HepA-L] Hepatitis A (live)
        [HepA-I] Hepatitis A (inact.)
       *[other] { $vaccine }
    }
vaccine =
    .who = Whose vaccines?
    .nobody = No child is registered with this number. Please ask at the counter.
    .none = There are no vaccines of { $name } on record. If that is wrong, please ask at the counter.
    .record = { $name }, doses given: { $count }
    .dose = { vaccine-name } dose { $dose }, { $day } { $year }
    .left = { $left ->
            [1] 1 earlier one
           *[other] { $left } earlier ones
        }
    .more = Earlier ones
    .what = Vaccines of { $name }
    .next = What is next
    .given = Doses given
    .book = Book a vaccination
    .against = Contraindications
    .know = About vaccines
    .which = Next for { $name }
    .item_now = { $vaccine }, dose { $dose }: now
    .item_overdue = { $vaccine }, dose { $dose }: overdue
    .item_later = { $vaccine }, dose { $dose }: from { $day }
    .item_far = { $vaccine }, dose { $dose }: from { $day } { $year }
    .nothing_due = There is no vaccine to come for { $name } at present.
    .view = What would you like?
    .view_book = Book
    .view_know = About this vaccine
    .view_whole = All reasons by SMS
    .whole_sent = All reasons come by SMS.
    .why_sms = { $text }
    .of_child = { $name }: { $vaccine }, dose { $dose }
    .ask_nurse = What counts is what the doctor at the clinic decides.
    .none_to_book = { $centre } has no places for vaccinations to book at present. Please try later, call { $hotline } or ask at the clinic.
    .all_full = The places for vaccinations at { $centre } are all taken. Please try later, call { $hotline } or ask at the clinic.
    .no_centre = No vaccination clinic is on record. Please call { $hotline }, or register at the counter.
    .held = { $name } has a place: { $day } { half }, { $department }, no. { $queue }.
    .book_from = It can be given from { $day } on.
    .against_none = { $name } has no contraindication on record. If your child has a fever or is ill, please tell the doctor first.
    .against_for_good = { $against }: { $reason }, since { $since } { $year }, for good
    .against_until = { $against }: { $reason }, until { $until } { $year }
    .against_all = All vaccines
    .against_live = Live vaccines

    .before_sms = { vaccine-child } { $vaccine }, dose { $dose }, can be given from { $day } on at { $centre }. { vaccine-note }Bring the vaccination certificate. { vaccine-book }
    .due_sms = { vaccine-child } { $vaccine }, dose { $dose }, can be given now at { $centre }. { vaccine-note }Bring the vaccination certificate. { vaccine-book }
    .overdue_sms = { vaccine-child } { $vaccine }, dose { $dose }, is overdue. Please come to { $centre } soon. { vaccine-note }Bring the vaccination certificate. { vaccine-book }
    .several_sms = { vaccine-child } { $what }. Place: { $centre }. { vaccine-note }Bring the vaccination certificate. { vaccine-book }
    .item = { $vaccine } dose { $dose }
    .comma = {", "}
    .semicolon = {"; "}
    .from_day = from { $day } on: { $vaccines }
    .now = now: { $vaccines }
    .catch_up = overdue, please soon: { $vaccines }
    .and_more = and { $count } more
