"""Mobile money as the GSMA Mobile Money API 1.x carries it: messages, dialects, what an answer means, a client.

A wire room: it knows requests, answers and payments on their way, and nothing of visits, residents or books.
"""
