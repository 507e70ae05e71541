"""Telnyx, by Call Control."""
