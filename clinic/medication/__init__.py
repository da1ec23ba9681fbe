"""Medicines that residents take: their times, the reminders, what was taken, what is left in the box."""
