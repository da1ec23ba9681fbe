"""Children whose vaccinations a centre looks after: their files, what is due to them, and who is told of it."""
