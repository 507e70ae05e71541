"""Vonage Voice."""
