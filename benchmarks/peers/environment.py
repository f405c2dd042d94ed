"""The virtual environment that the peers share, apart from ours: they want other versions of the same packages."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def python(*packages: str) -> Path:
    """The Python of .venv-peers, made where there is none, with these packages installed. Raises CalledProcessError."""
    found = ROOT / ".venv-peers" / "bin" / "python"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", found.parent.parent], check=True)
    subprocess.run([found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
    return found
