### 就诊付费与账户。

payment =
    .required = 此处预约须先付费。

account =
    .not_enough = 账户余额不足。
