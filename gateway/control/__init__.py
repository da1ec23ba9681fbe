"""The running daemon from its own machine: a Unix socket, for its owner alone, that the command line speaks to."""
