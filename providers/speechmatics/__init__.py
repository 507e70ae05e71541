"""Speechmatics' realtime recogniser."""
