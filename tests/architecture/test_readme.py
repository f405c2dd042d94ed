"""python -m pytest tests/architecture/test_readme.py"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_SHOWN = {"__pycache__", "build", "egg-info"}


def tree() -> dict[str, set[str]]:
    """The folders of the README's tree: each top-level folder with the folders shown in it."""
    blocks = re.findall(r"```\n(.*?)```", README, re.DOTALL)
    (block,) = [block for block in blocks if "data/ " in block and "make" not in block]
    folders: dict[str, set[str]] = {}
    top = ""
    for line in block.splitlines():
        found = re.match(r"( *)([\w-]+)/ +\S", line)
        assert found, f"every line of the tree is a folder and a comment: {line!r}"
        if not found[1]:
            top = found[2]
            folders[top] = set()
        else:
            folders[top].add(found[2])
    return folders


def kept(folder: Path) -> set[str]:
    """The folders that hold something of the project."""
    return {
        path.name
        for path in folder.iterdir()
        if path.is_dir()
        and not path.name.startswith(".")
        and path.name not in NOT_SHOWN
        and not path.name.endswith(".egg-info")
        and any(file.is_file() and file.stat().st_size and "__pycache__" not in file.parts for file in path.rglob("*"))
    }


def test_the_tree_is_the_tree() -> None:
    shown = tree()
    assert set(shown) == kept(ROOT)
    assert shown["data"] == kept(ROOT / "data") - {"files"}


def test_the_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z]+)", README)) - {"and", "to"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    terminal = (ROOT / "bot" / "__main__.py").read_text(encoding="utf-8")
    for command in re.findall(r"python -m bot ([a-z]+)", README):
        assert f'"{command}"' in terminal, command
    for module in set(re.findall(r"python -m (benchmarks\.\w+|retrieval)", README)):
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_every_setting_is_explained() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("bot", "data", "generation")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert set(re.findall(r"KANLIAO_[A-Z_]+[A-Z]", sources)) == set(re.findall(r"`(KANLIAO_[A-Z_]+[A-Z])`", README))


def test_what_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_the_project_names_no_place_outside_itself() -> None:
    import subprocess

    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    for name in files:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt"} and path.name != Path(__file__).name and path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "../shared" not in text, name
            assert "/work/" not in text, name
