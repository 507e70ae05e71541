"""Sarvam: voices and recognition for the languages of India, over HTTP."""
