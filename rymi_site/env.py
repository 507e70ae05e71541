"""Readers for settings that come from the environment."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env")


def flag(name: str, default: bool = False) -> bool:
    """Read a yes or no."""
    return bool(env.bool(name, default=default))


def number(name: str, default: int) -> int:
    """Read a whole number."""
    return int(env.int(name, default=default))


def text(name: str, default: str = "") -> str:
    """Read a text."""
    return str(env.str(name, default=default))


def words(name: str, default: str = "") -> list[str]:
    """Read a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name: str, default: str = "") -> str:
    """Read a secret, or the file that ``<name>_FILE`` names (Docker's habit)."""
    path = text(f"{name}_FILE")
    return Path(path).read_text().strip() if path else text(name, default)
