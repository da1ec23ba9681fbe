"""Vaccines of a child: what is next and why, the record, a place to be vaccinated, contraindications, and knowledge."""

from __future__ import annotations

from dialogs.vaccines.menu import vaccine_record

__all__ = ["vaccine_record"]
