### Paying for a visit, and the account.

payment =
    .how = How do you pay { $fee }?
    .by_account = Account ({ $balance } in it)
    .by_account_spoken = Account
    .by_mobile = Mobile money
    .at_counter = At the centre
    .not_now = Do not book
    .not_pay = Do not pay now
    .no_way = Here a visit has to be paid when it is booked, and this phone cannot pay now. Please book at the counter.
    .required = Here a visit has to be paid when it is booked.
    .on_its_way = Your last payment is still on its way. Please wait a little.
    .confirm_on_phone =
        No. { $queue } is held for you until { $until }.
        Confirm { $fee } on your phone; the T-code follows by SMS.
    .paid = { $fee } was paid from the account.
    .which = Which visit do you pay?
    .which_item = { $day } { half } { $department }, { $fee }
    .not_held = This visit is paid already, or no longer held.
    .pay = Pay
    .held_view =
        No. { $queue }, held until { $until }
        { $centre }, { $department }
        { $day } { half } { $starts }{ doctor }
        { $name }, { $fee } to be paid
    .list_item = { $day } { half }, { $department }, no. { $queue }, to be paid
    .held = Held until { $until }, { $fee } to be paid
    .code = Type the 6 digits that we have sent by SMS
    .no_code = No code can be sent to this phone now. Please pay another way.
    .not_a_code = The code has 6 digits.
    .cancel_back = The { $fee } that you paid will go back to where it came from.
    .cancel_lost = It is too late to cancel free of charge: the { $fee } that you paid will not be given back.
    .failed_sms = Payment failed: { $department }, { $day } { half }, { $amount }. Your place is held until { $until }; pay again under My account.
    .returned_sms = { $amount } came for { $department }, { $day } { half }, but that visit is no longer there. The money goes back to where it came from.
    .not_swappable = This visit cannot be settled with the insurer here. Please ask at the counter.
    .insured_sms = { $department }, { $day } { half }: your insurance pays { $amount }, which goes back to you the way you paid.
    .refunded_sms = { $amount } for { $department }, { $day } { half } went back to where it came from.

account =
    .not_enough = There is not enough money in the account.
    .not_proved = This phone is not verified. Please ask at the counter.
    .menu = My account
    .no_code = No code can be sent to this phone now. Please ask at the counter.
    .balance_item = Balance
    .entries_item = Money in and out
    .pay_item = To be paid
    .balance = { $centre } account: { $balance }
    .none = This phone has no account. The counter opens one: please bring your identity card.
    .which = Which account?
    .which_item = { $centre }, { $name }
    .nothing_to_pay = Nothing is to be paid.
    .no_entries = No money went in or out yet.
    .entry = { $day } { $entry ->
        [topup] topped up
        [payout] paid out
        [charge] visit
        [refund] given back
       *[other] other
    } { $amount }

## The same for the ear.

voice-account =
    .menu = This is your account. Please choose.
    .which = Please choose an account.
    .which_item = { $centre }, { $name }
voice-payment =
    .list_item = { $day }, { voice-half }, { $department }, number { $queue }, to be paid
    .which = You have these visits to pay. Please choose.
    .which_item = { $day }, { voice-half }, { $department }, { $fee }
    .held_view = { $name }, number { $queue }, held for you until { $until }, { $fee } to be paid. On { $day }, at { $starts } { voice-half }, { $centre }, { $department }{ voice-doctor }.
    .code = We have sent a code to your phone by SMS. Please enter its six digits.
    .failed_sms = Your payment failed: { $department }, { $day }, { voice-half }, { $amount }. Your place is held until { $until }. Please pay again.
    .returned_sms = { $amount } came for { $department }, { $day }, { voice-half }, but that visit is no longer there. The money goes back to where it came from.
    .refunded_sms = { $amount } for { $department }, { $day }, { voice-half }, went back to where it came from.
    .insured_sms = { $department }, { $day }, { voice-half }: your insurance pays { $amount }, which goes back to you the way you paid.
