"""The virtual environment of the peers, which want other versions of packages."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def python(*packages: str) -> Path:
    """Return the Python of .venv-peers with these packages installed.

    It is created where it is missing.

    Raises:
        CalledProcessError: It cannot be created.
    """
    found = ROOT / ".venv-peers" / "bin" / "python"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", found.parent.parent], check=True)
    subprocess.run([found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
    return found
