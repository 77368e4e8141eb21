"""Import every module of the product with the developers' tools out of reach: what a user's machine has."""

from __future__ import annotations

import importlib
import pkgutil
import sys

DEVELOPERS = ("pytest", "hypothesis", "mypy", "ruff")


def main() -> None:
    for name in DEVELOPERS:
        sys.modules[name] = None  # type: ignore[assignment]
    count = 0
    for package in ("archive", "scraper"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
                count += 1
    print(f"{count} modules import without {', '.join(DEVELOPERS)}")


if __name__ == "__main__":
    main()
