"""A simulated Asterisk: manager interface (AMI) and AsyncAGI over TCP, and telephones that call and are called.

What it says, and in which order, was copied from a real Asterisk 22; where older ones differ, conditions switch to it.
"""
