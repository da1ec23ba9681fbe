### Follow-up of chronic disease: readings, reminders of visits, alerts to staff, copies to the family.
### On a phone that several people share a notice names the person (J. Smith) and no illness.

## Recording a reading by screen or telephone, and what it means. By SMS the same words.

care =
    .menu = Blood pressure and sugar
    .record_bp = Record blood pressure
    .record_glucose = Record blood sugar
    .last = Last readings
    .medicines = My medicines
    .who = Whose is it?
    .person = { $name }
    .systolic = Upper value (systolic), as 150:
    .diastolic = Lower value (diastolic), as 95:
    .glucose = Blood sugar in mmol/L, as 5.3:
    .meal = When was it taken?
    .fasting = Fasting
    .after_meal = 2 h after a meal
    .any_time = Another time
    .confirm_bp = Blood pressure { $systolic }/{ $diastolic }, right?
    .confirm_glucose = Blood sugar { $whole }.{ $tenth }, right?
    .right = Right
    .wrong = Wrong, enter again
    .again = Please enter it again.
    .bad_number = That is no such value, enter it again.
    .kept = Recorded.
    .not_kept = This phone is not registered for a resident; not stored.
    .none = There are no readings yet.
    .item_bp = { $day } { $at } BP { $systolic }/{ $diastolic }
    .item_glucose = { $day } { $at } sugar { $whole }.{ $tenth }
    .level_normal = Normal.
    .level_on_target = On target (below { $limit }).
    .level_above_target = Above the target (below { $limit }).
    .level_pre_high = A little high (normal: below { $limit }).
    .level_high = High (normal: below { $limit }).
    .level_low = Low (normal: { $limit } or more).
    .level_emergency = Dangerous!
    .advice_fine = Keep it up.
    .advice_see_doctor = Take your medicine on time, rest and measure again, and call your doctor soon.
    .advice_measure_on = Eat less salt, move more, and measure at least every half year.
    .advice_say_when = Please say whether fasting or after a meal, as: fasting sugar 5.3
    .advice_emergency_bp = Sit down at once, do not walk or drive, call 120 now.
    .advice_low_sugar = Blood sugar too low! Eat sugar or a sweet drink now, measure again in 15 minutes; if no better or confused, call 120.
    .advice_high_sugar = Blood sugar too high! See a doctor now or call 120. Do not take more medicine by yourself, do not drive.
    .advice_danger = This may be dangerous: sit or lie down, do not walk or drive, call 120 now.
    .advice_perhaps = If the value really is so high (or so low), it is dangerous: call 120 now.
    .both_told = Your doctor and the staff on duty have been told.
    .doctor_told = Your doctor has been told.
    .staff_told = The staff on duty have been told.
    .pulse = Your pulse is too fast or too slow: call your doctor.
    .mean_bp = Mean of the last { $count }: { $systolic }/{ $diastolic }.
    .mean_glucose = Mean of the last { $count }: { $whole }.{ $tenth }.
    .what_hypertension_sms = blood pressure visit
    .what_diabetes_sms = blood sugar visit
    .before_own_sms = Your { $what } is due on { $day }: please come to { $centre } about { $suggested }, with your medicines and readings.
    .today_own_sms = Your { $what } is due today: please come to { $centre } on { $suggested }, with your medicines and readings.
    .late_own_sms = Your { $what } was due on { $day }: please come to { $centre } soon (from { $suggested } on). In difficulty call { $hotline }.
    .before_named_sms = The health visit of { $name } is due on { $day }: please come to { $centre } about { $suggested }.
    .today_named_sms = The health visit of { $name } is due today: please come to { $centre } on { $suggested }.
    .late_named_sms = The health visit of { $name } was due on { $day }: please come to { $centre } soon (from { $suggested } on). In difficulty call { $hotline }.

voice-care =
    .systolic = Please enter the upper value, and the hash key.
    .diastolic = Please enter the lower value, and the hash key.
    .glucose = Please enter the blood sugar without the point, but with the figure behind it. For five point three press five three, for twelve point zero press one two zero, then the hash key.
    .confirm_bp = Upper value { $systolic }, lower value { $diastolic }. Is that right?
    .confirm_glucose = Blood sugar { $whole } point { $tenth }. Is that right?
    .item_bp = { $day } { $at }, { $systolic } over { $diastolic }.
    .item_glucose = { $day } { $at }, blood sugar { $whole } point { $tenth }.
    .level_on_target = That is on target.
    .level_above_target = That is above the target.
    .level_pre_high = That is a little high.
    .level_high = That is high.
    .level_low = That is low.
    .advice_say_when = Remember whether it was fasting or after a meal, and tell us next time.
    .mean_bp = The mean of the last { $count } is { $systolic } over { $diastolic }.
    .mean_glucose = The mean of the last { $count } is { $whole } point { $tenth }.
    .before_own_sms = Your { $what } is due on { $day }. Please come to { $centre } about { $suggested }, with your medicines and readings.
    .today_own_sms = Your { $what } is due today. Please come to { $centre } on { $suggested }, with your medicines and readings.
    .late_own_sms = Your { $what } was due on { $day }. Please come to { $centre } soon, from { $suggested } on. In difficulty call { $hotline }.
    .before_named_sms = The health visit of { $name } is due on { $day }. Please come to { $centre } about { $suggested }.
    .today_named_sms = The health visit of { $name } is due today. Please come to { $centre } on { $suggested }.
    .late_named_sms = The health visit of { $name } was due on { $day }. Please come to { $centre } soon, from { $suggested } on. In difficulty call { $hotline }.

## What is written of readings.

reading-meal = { $meal ->
        [fasting] fasting {""}
        [after_meal] after meal {""}
       *[unknown] {""}
    }
reading =
    .bp_sms = BP { $systolic }/{ $diastolic }
    .bp_pulse_sms = BP { $systolic }/{ $diastolic } pulse { $pulse }
    .glucose_sms = { reading-meal }sugar { $whole }.{ $tenth }
    .sign_sms = { $sign ->
            [chest_pain] chest pain
            [chest_tightness] chest tightness
            [breathless] short of breath
            [speech] slurred speech
            [weakness] weak on one side
            [headache] severe headache
            [dizziness] severe dizziness
            [vomiting] nausea, vomiting
            [vision] blurred vision
            [unconscious] not fully conscious
            [palpitations] palpitations
            [low_sugar] signs of low sugar
            [ketones] signs of ketones
           *[other] { $sign }
        }
    .kept_sms = Recorded for { $name }: { $figures }.
    .unkept_sms = { $figures }: this phone is not registered for a resident, so it is not stored.
    .general_sms = { $figures }.
    .whose_sms = { $figures }: whose is it?
    .whose_item_sms = { $number } { $name }
    .nobody_sms = somebody else (not stored)
    .more_whose_sms = And { $figures }: whose is it?
    .each_sms = The text names several people: please send one text for each, as: Wang Fang BP 150/95
    .not_stored_sms = Well, it is not stored.
    .unclear_sms = "{ $understood }" was not clear. Please send it again, as: BP 150/95 or: fasting sugar 5.3
    .only_one_sms = Only one value of the blood pressure ({ $understood }): send both together, as: BP 150/95
    .unit_sms = The unit of "{ $understood }" is not clear. Please send it as: BP 150/95 or: fasting sugar 5.3
    .two_sms = "{ $understood }": please send each by itself, as: fasting sugar 5.3, after meal sugar 8.1
    .off_scale_sms = The meter shows { $understood }: beyond what it can measure.
    .swapped_sms = The two values looked reversed; taken as { $figures }. If wrong, send it again.
    .converted_sms = Converted to { $figures }. If wrong, send it again.
    .mended_sms = There was a typing error; taken as { $figures }. If wrong, send it again.

## Alerts to the doctor and to who is on duty.

alert-who = { $name ->
        [none] not on record
       *[other] { $name }{ alert-age }
    }
alert-age = { $age ->
        [0] {""}
       *[other] , { $age }
    }
alert-left = { $left ->
        [0] {""}
       *[other] {""} { $left } more wait for you.
    }
alert =
    .told_sms = EMERGENCY { $number }: { alert-who } { $at } { $what }. Phone { $caller }. Call at once; then answer 1 or: DONE { $number }
    .again_sms = STILL OPEN! EMERGENCY { $number }: { alert-who } { $at } { $what }. Phone { $caller }. Call at once; then answer 1 or: DONE { $number }
    .maybe_sms = perhaps { $guess }
    .several_sms = one of { $names }
    .closed_sms = Emergency { $number } ({ $name }) is noted as seen to, thank you.{ alert-left }
    .already_sms = Emergency { $number } ({ $name }) was seen to by { $by }, thank you.{ alert-left }
    .unknown_sms = You were told of no emergency { $number }.
    .nameless_sms = not on record
    .no_number_sms = not shown
    .seen_words_sms = 确认 处理 已处理 DONE

## Copies to the family.

copy =
    .words_sms = COPY
    .stop_words_sms = STOPCOPY NOCOPY
    .asked_sms = { $name } wants you to get copies of health readings and reminders of visits. Answer 1 to agree, 2 to refuse; later STOPCOPY ends it. If you do not know them, answer 2.
    .agreed_sms = You will get copies of the health readings and reminders of { $name }. To end it answer: STOPCOPY
    .refused_sms = You will get no copies, thank you.
    .reading_sms = Copy: { $name } { $day } { $at } { $what }, beyond the target. Remind them to take their medicine, rest and measure again. To end: STOPCOPY
    .emergency_sms = URGENT copy: { $name } { $day } { $at } { $what }, dangerous! Call them at once, and 120 if needed. Centre: { $hotline }.
    .visit_sms = Copy: the health visit of { $name } was due on { $day }; please go with them to { $centre } about { $suggested }. To end: STOPCOPY
    .week_sms = Weekly copy: { $name } measured { $count } times last week, { $beyond } beyond the target, mean { $what }. To end: STOPCOPY
    .granted_sms = { $phone } is asked by SMS; copies begin when they agree. To end: STOPCOPY
    .asked_before_sms = { $phone } has been asked and has not answered yet.
    .agreed_before_sms = { $phone } gets copies already. To end: STOPCOPY
    .ended_sms = Copies are ended, no more will be sent.
    .none_sms = There are no copies.
    .how_sms = For copies to your family send: COPY number who, as: COPY 15400000009 daughter
    .whose_sms = This phone is registered for several residents: add the name, as: COPY 15400000009 daughter { $name }
    .stopped_sms = Nor will you get copies of your family's readings.
    .not_yours = This phone is not registered for a resident; ask at the centre for copies.
    .too_many = No more phones can get copies; end one first.
    .asked_lately = That phone wants no copies for now; try again in some days.
    .own_phone = That is the resident's own phone, it needs no copies.

voice-copy =
    .asked_sms = { $name } wants you to get copies of health readings and reminders of visits. To agree, answer 1 by SMS from this phone, or call the hotline.
    .reading_sms = { $name }, { $day } { $at }, { $what }, beyond the target. Remind them to take their medicine, rest and measure again.
    .emergency_sms = This is urgent. { $name }, { $day } { $at }, { $what }, is dangerous. Call them at once, and 1 2 0 if needed. The centre is { $hotline }.
    .visit_sms = The health visit of { $name } was due on { $day }. Please go with them to { $centre } about { $suggested }.
    .week_sms = { $name } measured { $count } times last week, { $beyond } beyond the target, mean { $what }.
