# The line that a centre prints for school and kindergarten (`caredial children school --certificate`). Days are whole.

certificate =
    .complete = { $day }查验：{ $name }，{ $birth }出生，{ $card }：已完成国家免疫规划疫苗接种
    .incomplete = { $day }查验：{ $name }，{ $birth }出生，{ $card }：未完成，需补种{ $doses }
    .dose = { $vaccine }第{ $dose }剂
    .comma = 、
    .waived = 医学禁忌：{ $vaccines }
    .unknown = { $card }：本中心无接种档案
