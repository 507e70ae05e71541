"""Rented minds: ports, and one folder for each AI vendor. No Django here."""
