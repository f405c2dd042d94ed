"""The documentation builds without a warning and fetches nothing when it is read: python -m pytest tests/docs/test_site.py"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# What a browser loads by itself; links that a reader may follow are not among it.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\b(?:src|data)=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b(?=[^>]*\brel=["']?(?:stylesheet|preconnect|icon|preload))[^>]*?\bhref=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|(?:@import\s+|url\()["']?((?:https?:)?//[^"')\s]+)"""
)


def test_what_is_loaded_from_elsewhere_would_be_noticed() -> None:
    page = '<link href="https://fonts.example/a.css" rel=stylesheet><script src=//cdn.example/x.js></script>'
    assert len(LOADED.findall(page)) == 2
    assert LOADED.findall('<a href="https://example.org">there</a>') == []


def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert {"index.html", "settings.html", "architecture.html"} <= {page.name for page in pages}
    for page in pages:
        assert LOADED.findall(page.read_text(encoding="utf-8")) == [], page.name
