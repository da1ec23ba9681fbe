### What a provider of mobile money shows beside the amount: on the phone, and in statements.

provider =
    .charge_sms = 挂号费
    .refund_sms = 挂号费退款
