"""Servers on loopback that speak vendors' documented wire protocols, faults included.

They are stricter than the vendors: whatever is not documented is refused, so that an
adapter that passes has not got by on leniency.
"""
