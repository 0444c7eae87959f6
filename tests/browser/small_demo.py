"""Makes a demo plant that is the same on every day of the year, as `forewarn demo` makes one.

Run with `python -m`, with FOREWARN_DATA_DIR set. One pump bearing of it is about to fail.
"""

from __future__ import annotations

from app.cli import main

SEED = 1
MACHINES = 12
DAYS = 240
END = "2026-11-21"

if __name__ == "__main__":
    options = {"--seed": SEED, "--machines": MACHINES, "--days": DAYS, "--weeks": 0}
    words = [str(word) for option in options.items() for word in option]
    main(["demo", *words, "--until", END])
