### The page of a draw.

drawpage =
    .title = Draw
    .other_language = 中文
    .open = It is drawn on { $day } at { $at }. Tickets so far: { $count }.
    .drawing = It is drawn: { $count } tickets. The winners are getting their places, { $won } have one.
    .drawn = It is drawn: { $count } tickets, { $won } of them won.
    .off = The session is called off, and so is the draw. Tickets: { $count }, of which { $won } had won.
    .centre = Centre
    .department = Department
    .practitioner = Doctor
    .when = Time
    .places = Places
    .committed = Fixed at
    .commitment = Commitment
    .digest = Digest
    .seed = Seed
    .how = The commitment is the SHA-256 of the seed, and was published before anybody entered. Ranks follow the HMAC-SHA256 of each ticket by the seed, the lowest first: anybody can recompute them.
    .json = All of it (JSON)
    .ticket = Ticket
    .rank = Rank
    .outcome = Outcome
    .entered = not yet
    .won = won
    .lost = not drawn
    .passed = drawn, no place given
    .more = Only the first 500 of { $count } are shown here.
