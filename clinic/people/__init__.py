"""Who is who: the people of a phone, as it sees them and as staff do, and what is moved when somebody has lost a phone.

Codes that prove a phone are `clinic.passcodes`, real names `clinic.verifying`.
"""

from __future__ import annotations
