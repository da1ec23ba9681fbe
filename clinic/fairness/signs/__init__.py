"""Signs of trading with places: what a phone does that looks like it, noted for staff and told to nobody else.

`seeing` finds them in what is booked, `judging` is what staff make of them. A sign proves nothing: a village doctor
books for many, and so does a large family; staff say which phone is trusted, and until when.
"""

from __future__ import annotations
