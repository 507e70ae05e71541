"""Every variable that is read is explained in ``.env.example``, and no other is."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("rymi_site", "intelligence", "telephony", "agents", "billing", "webhooks")
PACKAGES += ("accounts", "voice", "providers", "common")
READERS = {"flag", "number", "text", "secret", "words", "db_url"}
# Set by the machinery that starts us, not by people.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "HOME", "PATH", "PYTHONUNBUFFERED"}
# Set by tests of what happens when a process dies.
INTERNAL = {"RYMI_CHAOS", "RYMI_CRASH_AT"}


def read_in_code():
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if name := _variable(node):
                    yield name


def _variable(node):
    """Return the variable that a call or subscript reads from the environment."""
    if isinstance(node, ast.Call) and node.args:
        called = ast.unparse(node.func)
        reads = called.rsplit(".", 1)[-1] in READERS and (
            "." not in called or called.startswith("env.")
        )
        if reads or called in ("os.environ.get", "environ.get", "os.getenv"):
            return _text(node.args[0])
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Load)  # what is set is read by others
        and ast.unparse(node.value) == "os.environ"
    ):
        return _text(node.slice)
    return None


def _text(node):
    value = node.value if isinstance(node, ast.Constant) else None
    shaped = isinstance(value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", value)
    return value if shaped else None


def explained():
    """Return the variables of the example, each with the comment above it."""
    comment: list[str] = []
    for line in (ROOT / ".env.example").read_text().splitlines():
        if found := re.match(r"#?([A-Z][A-Z0-9_]+)=", line):
            yield found[1], " ".join(comment)
            continue
        comment = [*comment, line[2:]] if line.startswith("# ") else []


def test_every_variable_is_in_the_example():
    missing = (
        set(read_in_code()) - NOT_OURS - INTERNAL - {name for name, _ in explained()}
    )

    assert missing == set()


def test_the_example_names_nothing_that_is_not_read():
    known = set(read_in_code())
    # <PROVIDER>_BASE_URL and <PROVIDER>_API_KEY are read by pattern.
    by_pattern = re.compile(r"[A-Z0-9]+_(BASE_URL|API_KEY)")
    stale = {
        name
        for name, _ in explained()
        if name not in known and not by_pattern.fullmatch(name)
    }

    assert stale == set()


def test_every_variable_is_explained():
    silent = [name for name, comment in explained() if len(comment.split()) < 4]

    assert silent == []
