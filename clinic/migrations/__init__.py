"""Alembic migrations, one file a step, from the first day."""
