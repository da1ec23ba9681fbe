"""The daemon: settings, wiring, store, sender, inbound, HTTP, command line."""
