### 摇号公示页。

drawpage =
    .title = 摇号公示
    .other_language = English
    .open = { $day } { $at } 摇号，目前 { $count } 个签号。
    .drawing = 已摇号，{ $count } 个签号，正在依次给号，已有 { $won } 个中签。
    .drawn = 已摇号，{ $count } 个签号，{ $won } 个中签。
    .off = 已停诊，摇号取消，共 { $count } 个签号，{ $won } 个中签。
    .centre = 中心
    .department = 科室
    .practitioner = 医生
    .when = 时间
    .places = 号数
    .committed = 承诺时间
    .commitment = 承诺值
    .digest = 签号摘要
    .seed = 种子
    .how = 承诺值是种子的 SHA-256，登记开始前已公布；名次按种子和签号的 HMAC-SHA256 从小到大排列，人人可以重算。
    .json = 全部数据（JSON）
    .ticket = 签号
    .rank = 名次
    .outcome = 结果
    .entered = 待定
    .won = 中签
    .lost = 未中
    .passed = 未给号
    .more = 此处只列前 500 个，共 { $count } 个。
