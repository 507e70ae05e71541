"""Gladia's live recogniser."""
