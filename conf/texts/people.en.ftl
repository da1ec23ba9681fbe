### Codes that prove a phone, the people of a phone, real names. Keys and words are the same in people.zh.ftl.
### `voice-...` is for the ear; a code ($number) comes last there.

passcode =
    .told_sms = Code { $number } { passcode-for }, good for { $left } minutes. If you did not ask for it, tell it to nobody.
    .sent = We have sent a code to the phone by SMS.
    .wait = A code is on its way. Another can be sent in { $seconds } seconds.
    .too_many = This phone has been sent too many codes. Try again in { $hours } hours, or come to the counter.
    .none = There is no code that could be used. Ask for one first.
    .expired = This code is too old. Ask for another.
    .void = This code was tried wrongly too often and is void. Ask for another.
    .wrong = This is not the code; { $left } tries are left.
passcode-for = { $purpose ->
        [recover] to move your visits to this phone
        [account] to pay from your account by this phone
       *[other] of your community health centre
    }
voice-passcode =
    .told_sms = This is the code { passcode-for }. It is good for { $left } minutes. If you did not ask for it, tell it to nobody. The code is: { $number }

identity =
    .length = An identity number has 18 characters; this has { $count }.
    .date = That is no valid identity number: its digits 7 to 14 are no date.
    .check = That is no valid identity number: one of its characters is wrong. Please compare it with the card.

people =
    .not_real = The name and the identity number given for this person do not match. Please show the identity card at the counter.
    .refuted_sms = The name and the identity number that were given for { $name } do not match. Visits that are booked stay. To book again by phone, please show the identity card at the counter, or enter the person again. Questions: { $hotline }.
    .too_many = This phone books for as many people as it may. Remove somebody first.
    .still_wanted = This person still has a visit to come, or is on a waiting list or in a draw. Please cancel that first.
    .on_record = Your centre has put this on record. Please ask at the counter to change it.
    .moved_here_sms = From now on please book by this phone. People moved to it: { $people }, visits: { $visits }. Old T-codes are void, new ones are sent. Questions: { $hotline }.
    .moved_away_sms = Something was changed at the counter about bookings by this phone. If you did not ask for that, please call { $hotline }.
    .menu_item = People I book for
    .which = People this phone books for
    .add = Add somebody
    .added = You can book for { $name } now.
    .refuted_item = { $name } (name and identity number do not match)
    .person = { $name }
    .is_self = This is me
    .self_set = { $name } is the owner of this phone now.
    .remove = Remove
    .remove_sure = Remove { $name }?
    .remove_yes = Yes, remove
    .remove_no = No
    .removed = { $name } is removed.
    .kept = { $name } stays.
    .name_and_number = Name and identity number of the patient, with a blank between:

voice-people =
    .which = These are the people that this phone books for. Please choose.
    .person = { $name }. Please choose.
    .refuted_item = { $name }, whose name and identity number do not match
