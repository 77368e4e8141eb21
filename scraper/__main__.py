"""`python -m scraper` is `morgue`."""

from scraper.cli import main

if __name__ == "__main__":
    main()
