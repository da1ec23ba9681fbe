### The chart of a resident's readings (clinic/care/trend.py): a small picture for a phone. Keys as in care-chart.zh.ftl.

care-chart =
    .pressure = Blood pressure, mmHg
    .glucose = Blood sugar, mmol/L
    .systolic = systolic
    .diastolic = diastolic
    .fasting = fasting
    .after_meal = after a meal
    .unknown = not said
    .share = on target { $share }% ({ $good } of { $count })
    .empty = no readings yet
