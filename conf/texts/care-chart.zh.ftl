### The chart of a resident's readings (clinic/care/trend.py): a small picture for a phone. Keys as in care-chart.en.ftl.

care-chart =
    .pressure = 血压 mmHg
    .glucose = 血糖 mmol/L
    .systolic = 高压
    .diastolic = 低压
    .fasting = 空腹
    .after_meal = 餐后
    .unknown = 未注明
    .share = 达标 { $share }%（{ $count } 次中 { $good } 次）
    .empty = 暂无记录
