"""Kannel and Jasmin, and an SMS centre in C that takes what they and CareDial send: none of it is our own code's judge.

`sink.c` counts at the far end, `httpblast.c` feeds the HTTP APIs, `kannel` and `jasmin` run the peers on 127.0.0.1,
`install` brings them here. Everything that is written goes into var/benchmarks.
"""
