### What families may know of vaccines: topics as `knowledge`, texts as `know`, those of vaccines by their codes. General
### knowledge, no advice for one child; whole by voice, in pages on a screen, in at most three SMS (so only GSM-7
### characters). Keys are the same in knowledge.zh.ftl.

knowledge =
    .which = About vaccines
    .vaccine = { $vaccine }
    .reactions = Normal reactions
    .doctor = When to see a doctor
    .not_given = When not to vaccinate
    .missed = A dose was missed

know =
    .hepb = This vaccine protects against hepatitis B, and so against liver disease and liver cancer later. The first dose is given within 24 hours of birth. Often: some pain or redness where it was given, sometimes a slight fever, over in a day or two. Not after a severe allergy to an earlier dose. Please ask the nurse.
    .bcg = B C G protects children against severe tuberculosis. After two or three weeks the place gets red, may ooze and form a crust, and leaves a small scar after two or three months. That is normal: do not squeeze it, no ointment, keep it clean. See a doctor if lumps under the arm swell or open. Not for children with immune deficiency. From 3 months on a tuberculin test comes first.
    .ipv = This vaccine protects against polio. It is inactivated and injected. Often: redness or pain where it was given, sometimes fever and crying, over in a day or two. Not after a severe allergy to an earlier dose or to what is in it. Please ask the nurse.
    .bopv = These drops protect against polio. No milk or hot drinks half an hour before and after. Reactions are rare: sometimes loose stools or a slight fever. Not for children with immune deficiency or under treatment that weakens it; if somebody at home has one, tell the doctor first.
    .dtap = This vaccine protects against diphtheria, tetanus and whooping cough. Often: redness, a hard lump, fever and crying, better in two or three days; the lump may take weeks. After more than three hours of crying, a high fever or a fit see a doctor, and tell the clinic. Not again after a severe allergy to it.
    .dt = This vaccine renews the protection of older children against diphtheria and tetanus. Often: redness, pain or a hard lump, sometimes fever, better in some days. Not after a severe allergy to an earlier dose. Please ask the nurse.
    .mmr = This vaccine protects against measles, mumps and rubella. After 6 to 12 days there may be a short fever and a light rash, over in two or three days. Not for children with immune deficiency. After immunoglobulin it waits at least 3 months. A mild egg allergy is no reason against it; do tell the doctor.
    .je-l = This live vaccine protects against Japanese encephalitis, which mosquitoes carry. Sometimes: slight redness, a short fever, a rash. Not for children with immune deficiency; ask whether they can have the inactivated one. Please ask the nurse.
    .je-i = This inactivated vaccine protects against Japanese encephalitis, which mosquitoes carry. It takes 4 doses, the first two 7 to 10 days apart. Often: redness or pain, sometimes fever or headache, better in some days. Not again after a severe allergy to it. Please ask the nurse.
    .mpsv-a = This vaccine protects against meningitis of group A, which comes fast and is dangerous. Often: redness or pain, sometimes a short slight fever. Not after a severe allergy to it or to what is in it. Please ask the nurse.
    .mpsv-ac = This vaccine protects against meningitis of the groups A and C. Often: redness or pain, sometimes a short slight fever. Not after a severe allergy to it or to what is in it. Please ask the nurse.
    .hepa-l = This live vaccine protects against hepatitis A, which comes with unclean food and water. Often: pain or slight redness, sometimes a short fever or a rash. Not for children with immune deficiency; ask whether they can have the inactivated one. Please ask the nurse.
    .hepa-i = This inactivated vaccine protects against hepatitis A, which comes with unclean food and water. It takes 2 doses at least 6 months apart. Often: pain or redness, sometimes fever or tiredness. Not after a severe allergy to it. Please ask the nurse.
    .other = Please ask the doctor or the nurse of the clinic about this vaccine.
    .reactions = Stay at the clinic for 30 minutes after a vaccination. Slight redness and pain, a low fever, tiredness and little appetite are usual, and over in a day or two: let the child drink and rest. Keep the place dry on that day, and do not rub it. When in doubt ask the nurse of the clinic.
    .doctor = See a doctor at once, and tell what was given, after: trouble breathing, a pale face, a rash all over, a swollen face or fainting (call 120); fever of 38.5 degrees or more, or for more than two days; a fit; redness that keeps growing or oozes; crying without end, or drowsiness. Tell the clinic afterwards.
    .not_given = Not given: the same vaccine after a severe allergy or anaphylaxis; live vaccines with immune deficiency. Put off: with fever or an acute illness, until it is over. No reasons against it: a so-called allergic constitution, jaundice, simple febrile seizures, stable epilepsy, congenital heart disease. What counts is what the doctor at the clinic decides.
    .missed = Catch up soon; nothing that was given has to be repeated. Several vaccines can mostly be given on one day in different places; two injected live ones on the same day, or at least 28 days apart. Bring the certificate and the doctor will plan it. Some vaccines are not given any more after a certain age.
