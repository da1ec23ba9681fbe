"""Who is who: codes that prove a phone, real names, and what is moved when somebody has lost a phone or its number."""

from __future__ import annotations
