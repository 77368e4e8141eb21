"""The pages in a real browser: what only an engine with scripts and layout can say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_web import fill

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HEADLESS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Any other host is unknown: a page that needs the internet shows it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--virtual-time-budget=5000",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A filled archive, served by a process of its own."""
    folder = tmp_path_factory.mktemp("archive")
    fill(folder)
    code = "import sys; from pathlib import Path; from archive.web import serve; serve(Path(sys.argv[1]), port=0)"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", code, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said
        yield found[0]
        process.terminate()


def browse(profile: Path, *options: str) -> str:
    assert CHROMIUM is not None
    done = subprocess.run(
        [CHROMIUM, *HEADLESS, f"--user-data-dir={profile}", *options], capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_charts_are_drawn_without_the_internet(address: str, tmp_path: Path) -> None:
    """The scripts of the dashboard come from this server and draw each chart from the archive."""
    page = browse(tmp_path, "--dump-dom", f"{address}/-/dashboards/archive")
    assert page.count("graphics-document") == 5  # the role of a finished Vega chart


@pytest.mark.parametrize("path", ["/", "/morgue/articles", "/-/morgue/search?q=evilword", "/morgue/newest"])
def test_no_script_of_a_newspaper_runs(address: str, tmp_path: Path, path: str) -> None:
    """A headline that is a script stays a text after the browser has read the page."""
    page = browse(tmp_path, "--dump-dom", address + path)
    assert "alert(1)" in page
    assert not re.search(r"<img[^>]*onerror|<script>alert", page)


@pytest.mark.parametrize("width", [400, 1400])
def test_a_page_can_be_photographed(address: str, tmp_path: Path, width: int) -> None:
    """On a phone and on a desk the front page is painted, not blank."""
    picture = tmp_path / "front.png"
    browse(tmp_path / "profile", f"--window-size={width},900", f"--screenshot={picture}", address)
    assert picture.stat().st_size > 20_000
