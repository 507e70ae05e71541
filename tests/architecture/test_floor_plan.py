import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_imports_go_downstairs_only():
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))

    result = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout[-4000:]


def test_every_package_has_a_floor():
    """A package that the plan does not name would be free to import anything."""
    plan = (ROOT / "pyproject.toml").read_text()
    layers = next(row for row in plan.splitlines() if row.startswith("layers = ["))
    packages = {each.parent.name for each in ROOT.glob("*/__init__.py")} - {"tests"}

    assert packages - set(re.findall(r"\w+", layers)) == set()
