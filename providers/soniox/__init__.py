"""Soniox's realtime recogniser."""
