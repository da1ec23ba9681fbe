"""The queue of a clinic session."""
