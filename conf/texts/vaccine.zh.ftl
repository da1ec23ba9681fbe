### What families are told of their children's vaccines: by reminders that come by themselves, and when they ask.
### A reminder is one SMS where one dose is told, two at most where a day has several. Keys are the same in
### vaccine.en.ftl. The vaccines of records go by their codes here; elsewhere they have the names of conf/vaccines.

## Words that several texts share.

vaccine-child = { $name ->
        [none] 接种提醒：
       *[other] { $name }的接种提醒：
    }
vaccine-note = { $note ->
        [skin] { $vaccine }须先做结核菌素试验，阴性才能接种。
        [live] { $vaccine }与上一种活疫苗须隔开，请勿提前。
        [immunoglobulin] { $vaccine }与免疫球蛋白须隔开，请勿提前。
        [contra] 孩子有禁忌记录，请先告诉医生。
       *[none] {""}
    }
vaccine-book = { $book ->
        [reply] 回复1预约。
       *[call] 咨询请拨{ $hotline }。
    }

## The record, what is next and why, booking, contraindications; at the end the reminders.

vaccine-name = { $vaccine ->
        [HepB] 乙肝疫苗
        [BCG] 卡介苗
        [IPV] 脊灰灭活疫苗
        [bOPV] 脊灰减毒活疫苗
        [DTaP] 百白破疫苗
        [DT] 白破疫苗
        [MMR] 麻腮风疫苗
        [JE-L] 乙脑减毒活疫苗
        [JE-I] 乙脑灭活疫苗
        [MPSV-A] A群流脑多糖疫苗
        [MPSV-AC] A群C群流脑多糖疫苗
        [HepA-L] 甲肝减毒活疫苗
        [HepA-I] 甲肝灭活疫苗
       *[other] { $vaccine }
    }
vaccine =
    .who = 查谁的疫苗？
    .nobody = 这个号码没有登记儿童，请到中心窗口登记。
    .none = 没有{ $name }的接种记录。如有疑问，请到中心窗口咨询。
    .record = { $name }共接种{ $count }剂
    .dose = { vaccine-name }第{ $dose }剂 { $year }年{ $day }
    .left = 还有更早的{ $left }剂
    .more = 更早的
    .what = { $name }的疫苗
    .next = 该种什么
    .given = 接种记录
    .book = 预约接种
    .against = 禁忌记录
    .know = 疫苗知识
    .which = { $name }要种的疫苗
    .item_now = { $vaccine }第{ $dose }剂 可接种
    .item_overdue = { $vaccine }第{ $dose }剂 应补种
    .item_later = { $vaccine }第{ $dose }剂 { $day }起
    .item_far = { $vaccine }第{ $dose }剂 { $year }年{ $day }起
    .nothing_due = { $name }目前没有要种的疫苗。
    .view = 要做什么？
    .view_book = 预约
    .view_know = 了解这种疫苗
    .view_whole = 短信发送全部理由
    .whole_sent = 全部理由将以短信发送。
    .why_sms = { $text }
    .of_child = { $name }：{ $vaccine }第{ $dose }剂
    .ask_nurse = 以门诊医生的判断为准。
    .none_to_book = { $centre }目前没有可约的接种号。请稍后再试，或拨打{ $hotline }、到门诊询问。
    .all_full = { $centre }的接种号已约满。请稍后再试，或拨打{ $hotline }、到门诊询问。
    .no_centre = 没有登记接种门诊。请拨打{ $hotline }，或到中心窗口登记。
    .held = { $name }已约{ $day }{ half }{ $department }，第{ $queue }号。
    .book_from = { $day }起可以接种。
    .against_none = { $name }没有登记禁忌。如孩子发热或患病，请先告诉医生。
    .against_for_good = { $against }：{ $reason }，{ $year }年{ $since }起，长期
    .against_until = { $against }：{ $reason }，到{ $year }年{ $until }为止
    .against_all = 所有疫苗
    .against_live = 减毒活疫苗

    .before_sms = { vaccine-child }{ $vaccine }第{ $dose }剂，{ $day }起可在{ $centre }接种。{ vaccine-note }请带接种证。{ vaccine-book }
    .due_sms = { vaccine-child }{ $vaccine }第{ $dose }剂现在可以接种，请到{ $centre }。{ vaccine-note }请带接种证。{ vaccine-book }
    .overdue_sms = { vaccine-child }{ $vaccine }第{ $dose }剂已过推荐时间，请尽快到{ $centre }补种。{ vaccine-note }请带接种证。{ vaccine-book }
    .several_sms = { vaccine-child }{ $what }。地点：{ $centre }。{ vaccine-note }请带接种证。{ vaccine-book }
    .item = { $vaccine }第{ $dose }剂
    .comma = 、
    .semicolon = ；
    .from_day = { $day }起可接种{ $vaccines }
    .now = 现在可接种{ $vaccines }
    .catch_up = 请尽快补种{ $vaccines }
    .and_more = 另有{ $count }剂
