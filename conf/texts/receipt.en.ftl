### The receipt that the counter hands to a resident.

receipt =
    .topup = Receipt: topped up
    .payout = Receipt: paid out
    .text =
        { $centre }
        Number: { $count }
        { $day } { $at }
        Account of: { $name }
        Amount: { $amount }
        Balance: { $balance }
        By: { $clerk }
