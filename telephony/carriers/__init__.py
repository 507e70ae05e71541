"""Telephone companies: one folder each."""
