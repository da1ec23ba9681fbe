# The line that a centre prints for school and kindergarten (`caredial children school --certificate`). Days are whole.

certificate =
    .complete = checked { $day }: { $name }, born { $birth }, { $card }: vaccinations of the national programme complete
    .incomplete = checked { $day }: { $name }, born { $birth }, { $card }: incomplete, to be given: { $doses }
    .dose = { $vaccine } dose { $dose }
    .comma = {", "}
    .waived = contraindicated: { $vaccines }
    .unknown = { $card }: no record here
