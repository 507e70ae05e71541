"""Secrets of a machine that nobody gave any: made once, kept in the ``var`` folder."""

import contextlib
import os
from pathlib import Path

from cryptography.fernet import Fernet


def local_secret(folder: Path, name: str, production: bool) -> str:
    """Return the secret kept in ``folder``, making it the first time.

    In production there is none: a system check then asks for the real one.
    """
    if production:
        return ""
    path = folder / name
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(Fernet.generate_key().decode())
        # A link appears whole, and only the first of two processes gets to make it.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
