### 窗口交给居民的收据。

receipt =
    .topup = 充值收据
    .payout = 取款收据
    .text =
        { $centre }
        编号：{ $count }
        { $day } { $at }
        户名：{ $name }
        金额：{ $amount }
        余额：{ $balance }
        经办：{ $clerk }
