"""The structure of the code: which room may know which."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each outside library has one door.
DOORS = {
    "httpx": "scraper/fetch",
    "httpcore": "scraper/fetch",
    "tenacity": "scraper/fetch",
    "trafilatura": "scraper/extract",
    "htmldate": "scraper/extract",
    "feedparser": "scraper/discover",
    "sqlite_utils": "archive",
    "warcio": "archive",
    "rensa": "archive",
    "datasette": "archive/web",
    "pebble": "scraper/workers",
    "playwright": "scraper/fetch",
}


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written out in full here"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def touches(path: Path, *names: str) -> set[str]:
    return {name for name in imports(path) if any(name == each or name.startswith(f"{each}.") for each in names)}


@pytest.mark.parametrize("path", modules("archive"), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_archive_does_not_know_the_scraper(path):
    """The archive is of use without the scraper: it never imports it or its libraries."""
    assert not touches(path, "scraper", "httpx", "trafilatura", "selectolax")


@pytest.mark.parametrize("room", ["discover", "extract", "fetch"])
def test_only_the_pipeline_knows_discovery_fetching_and_extraction(room):
    """The three rooms of the scraper never import each other."""
    others = {"discover", "extract", "fetch"} - {room}
    for path in modules("scraper"):
        if path.relative_to(ROOT / "scraper").parts[0].removesuffix(".py") == room:
            assert not touches(path, *(f"scraper.{other}" for other in others)), path


@pytest.mark.parametrize(("library", "door"), DOORS.items())
def test_each_library_has_one_door(library, door):
    """Changing a library is then an afternoon."""
    for path in modules("archive", "scraper"):
        if not str(path.relative_to(ROOT)).startswith(door):
            assert not touches(path, library), path


def test_the_product_does_not_import_what_only_the_clone_has():
    """An installed Morgue has neither the sample newspaper nor the tests."""
    for path in modules("archive", "scraper"):
        assert not touches(path, "sample", "tests", "bench"), path


def test_imports_run_one_way():
    """No module imports, by whatever way round, one that imports it; not even inside functions."""
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in modules("archive", "scraper")
    }
    graph = {}
    for name, path in names.items():
        found = {each for each in imports(path) if each in names and each != name}
        # `from archive import ledger` needs the module, not all that the package's own file brings together.
        graph[name] = found - {each.rpartition(".")[0] for each in found}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_the_archive_starts_light():
    """`from archive import Archive` loads nothing that only some formats of export or a server need."""
    heavy = ("lxml", "pandas", "numpy", "pyarrow", "datasette", "ssl", "httpx")
    asked = f"import sys, archive; print(*[name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []
