### What a provider of mobile money shows beside the amount: on the phone, and in statements.

provider =
    .charge_sms = Visit fee
    .refund_sms = Visit fee returned
