"""Prompts, one text file each."""

from functools import cache
from importlib import resources


@cache
def read(name: str) -> str:
    """Return a prompt by its name."""
    return resources.files(__name__).joinpath(f"{name}.txt").read_text().strip()
