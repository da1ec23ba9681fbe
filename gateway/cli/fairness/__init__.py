"""`caredial fairness`: rules of absence, blocks and appeals, signs of trading with places, a month in figures."""

from __future__ import annotations
