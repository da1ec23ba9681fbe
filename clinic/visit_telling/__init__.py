"""What is told of a visit, and when: its words, the moments of its life, that it is to come and that calling off.

Below the queue and whoever books and withdraws, which tell it; the scan over visits is `clinic.visit_notices`.
"""

from __future__ import annotations
