# Why a vaccine is due, has to wait, or a dose does not count (clinic/vaccines/reasons.py). Days are written whole.

why-length = { $unit ->
        [days] { $count }天
        [months] { $count }个月
        [birthdays] { $count }周岁
       *[years] { $count }年
    }
why =
    .valid = { $given }接种的{ $vaccine }计为第{ $number }剂
    .unknown = { $given }接种的{ $vaccine }不计：免疫程序中没有这种疫苗
    .extra = { $given }接种的{ $vaccine }不计：此前已完成
    .wrong_vaccine = { $given }接种的{ $vaccine }不计：第{ $number }剂应为{ $right }
    .too_early = { $given }接种的{ $vaccine }不计为第{ $number }剂：早了{ $days }天
    .too_close = { $given }接种的{ $vaccine }不计为第{ $number }剂：间隔少了{ $days }天
    .complete = 已完成：{ $count }剂有效
    .next = 第{ $number }剂：{ $vaccine }
    .birth = 出生当日（{ $day }）起
    .age = 满{ why-length }（{ $day }）
    .only = 各剂均为同一灭活疫苗：满{ why-length }（{ $day }）
    .late = 满{ why-length }（{ $day }）起用{ $vaccine }
    .interval = 距上一剂{ $since }至少{ why-length }（{ $day }）
    .since = 距有效的第{ $number }剂{ $since }至少{ why-length }（{ $day }）
    .follows_enough = 距第{ $number }剂{ $vaccine }{ $since }至少{ why-length }（{ $day }）
    .follows_fewer = 距上一剂{ $vaccine }{ $since }至少{ why-length }（{ $day }）
    .live = 距{ $since }接种的{ $vaccine }至少{ why-length }（{ $day }），同日接种除外
    .immunoglobulin = 距{ $since }注射的免疫球蛋白至少{ why-length }（{ $day }）
    .contraindication = { $since }起的暂缓接种：{ $day }起可接种
    .barred = { $vaccine }：{ $since }起禁忌，不再接种
    .must_have = 须有{ $count }剂{ $vaccine }，还缺{ $left }剂
    .now = 今日可接种
    .on = { $day }起可接种
    .limit = 应在{ $day }前完成
    .overdue = 自{ $day }起逾期
    .too_old = 满{ why-length }（{ $day }）起不再接种
    .skin_test = 满{ why-length }（{ $day }）起须先做结核菌素试验，阴性方可接种
    .edition = 依据{ $day }起施行的免疫程序
