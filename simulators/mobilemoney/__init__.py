"""A mobile-money platform to pay with: accounts, PINs that are entered after a while, and every trouble there is.

Written from the GSMA Mobile Money API 1.2 (service definition and OpenAPI), not from our client: it shares the messages
with it, and nothing that decides.
"""
