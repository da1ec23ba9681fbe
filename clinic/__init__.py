"""The domain: plain functions over a SQLAlchemy Session; knows no Twisted and no channel."""
