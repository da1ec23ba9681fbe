### Paying for a visit, and the account.

payment =
    .required = Here a visit is booked only with its payment.

account =
    .not_enough = There is not enough money in the account.
