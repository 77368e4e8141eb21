"""`python -m scraper` is `morgue`."""

if __name__ == "__main__":  # not in the workers, which import this file, too
    from scraper.cli import main

    main()
