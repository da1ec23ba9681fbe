"""`caredial children`: files, doses, contraindications, what is due, school entry."""
