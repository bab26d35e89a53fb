"""`python -m reportmocks` is `reportmocks`."""

from reportmocks.cli import main

if __name__ == "__main__":
    main()
