### Health tips: the topic as `tips`, its text as `tip`. General knowledge, no treatment of one person; whole by voice,
### in pages on a screen, in at most three SMS (so only GSM-7 characters). Keys are the same in tips.zh.ftl.

tips =
    .which = Health tips
    .hypertension = High blood pressure
    .diabetes = Diabetes
    .fever = Fever in children
    .heat = Hot weather
    .choking = First aid: choking
    .burns = First aid: burns
    .bleeding = First aid: bleeding
    .ambulance = When to call 120

tip =
    .hypertension = High blood pressure often gives no sign: have it measured at least once a year. Eat little salt, at most 5 grams a day. Do not smoke, drink little, watch your weight, move more. Take your medicine every day as prescribed, and do not stop it on your own. If the upper number reaches 180 or the lower one 110, or with chest pain, weakness or slurred speech, see a doctor at once.
    .diabetes = Thirst, passing much urine or loss of weight: have your blood sugar tested. Eat regularly, with little sugar and fat, and move at least 150 minutes a week. Take your medicine as prescribed, and have sugar, eyes and feet checked. Palpitations, trembling or cold sweat may be low sugar: take sugar at once, and see a doctor if it is no better in 15 minutes. Never feed somebody who is not awake: call 120.
    .fever = Let the child drink often, wear light clothes and rest in a cool room. No sweating under blankets, no rubbing with alcohol. A child who feels ill may have fever medicine as its leaflet says, but no aspirin. See a doctor at once for a baby under 3 months, for more than 3 days of fever, a fit, drowsiness, trouble breathing, little urine or a rash.
    .heat = Stay indoors in the early afternoon, drink often, wear light loose clothes. Never leave children or old people in a car. Dizzy, sick, sweating much: rest in the shade and drink. A very hot body with confusion or fainting is heat stroke: call 120, and cool the body with water and a fan meanwhile.
    .choking = Anyone who can cough should keep coughing. If they cannot speak or breathe, have somebody call 120. From 1 year on: stand behind, put a fist above the navel and thrust inward and upward until it comes out; in pregnancy thrust on the middle of the chest. Under 1 year: face down, head low, 5 blows on the back, then turn over and press 5 times on the chest, in turn. No response: begin resuscitation.
    .burns = Hold it under cool running water for 20 minutes, no ice. Take off rings and clothes from the place, but not what sticks. Cover it with a clean cloth. No toothpaste, no oil, and leave blisters whole. See a doctor at once if it is larger than a palm, on the face, hands, feet or between the legs, or from electricity or chemicals.
    .bleeding = Press hard on the wound with a clean cloth for 10 minutes, without looking. If blood comes through, put another cloth on top and go on. Do not pull out what sticks in the wound. If it spurts or does not stop, call 120 and keep pressing. Let the person lie down, and keep them warm.
    .ambulance = Call 120 for: chest pain that lasts some minutes; a drooping face, weakness on one side, slurred speech; trouble breathing; fainting or fits; heavy bleeding; bad injuries, burns, poisoning, drowning. Tell the place, what has happened and your number, and let them hang up first. Send somebody to meet the ambulance.
