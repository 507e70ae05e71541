"""Rime: voices over HTTP."""
