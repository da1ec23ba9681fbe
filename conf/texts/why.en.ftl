# Why a vaccine is due, has to wait, or a dose does not count (clinic/vaccines/reasons.py). Days are written whole.

why-length = { $unit ->
        [days] { $count ->
            [1] 1 day
           *[other] { $count } days
        }
        [months] { $count ->
            [1] 1 month
           *[other] { $count } months
        }
        [birthdays] { $count } years
       *[years] { $count } years
    }
why =
    .valid = { $vaccine } given on { $given } counts as dose { $number }
    .unknown = { $vaccine } given on { $given } does not count: the schedule has no such vaccine
    .extra = { $vaccine } given on { $given } does not count: nothing was missing any more
    .wrong_vaccine = { $vaccine } given on { $given } does not count: dose { $number } is { $right }
    .too_early = { $vaccine } given on { $given } does not count as dose { $number }: { $days ->
            [1] 1 day
           *[other] { $days } days
        } too early
    .too_close = { $vaccine } given on { $given } does not count as dose { $number }: the interval is { $days ->
            [1] 1 day
           *[other] { $days } days
        } too short
    .complete = complete: { $count ->
            [1] 1 dose counts
           *[other] { $count } doses count
        }
    .next = dose { $number }: { $vaccine }
    .birth = from the day of birth on ({ $day })
    .age = at { why-length } ({ $day })
    .only = all doses of the same inactivated vaccine: at { why-length } ({ $day })
    .late = from { why-length } on ({ $day }): { $vaccine }
    .interval = at least { why-length } after the last dose on { $since } ({ $day })
    .since = at least { why-length } after dose { $number } that counts, on { $since } ({ $day })
    .follows_enough = at least { why-length } after dose { $number } of { $vaccine } on { $since } ({ $day })
    .follows_fewer = at least { why-length } after the last { $vaccine } on { $since } ({ $day })
    .live = at least { why-length } after { $vaccine } on { $since } ({ $day }), unless on the same day
    .immunoglobulin = at least { why-length } after immunoglobulin on { $since } ({ $day })
    .contraindication = put off since { $since }: from { $day } on it can be given
    .barred = { $vaccine }: contraindicated since { $since }, not given any more
    .must_have = { $count ->
            [1] 1 dose
           *[other] { $count } doses
        } must be { $vaccine }, { $left } still missing
    .now = can be given today
    .on = can be given from { $day } on
    .limit = to be complete before { $day }
    .overdue = overdue since { $day }
    .too_old = not given any more from { why-length } on ({ $day })
    .skin_test = from { why-length } on ({ $day }) only after a skin test that was negative
    .edition = by the schedule in force from { $day } on
