"""Minds without a model: the offline brain, and vendors that read from a script."""
