"""Benchmarks: the product measured through its own tables and deeds.

    python -m benchmarks.azure [DIR]      how good the forecasts are on the public Azure fleet
    python -m benchmarks.night            what a night costs, and what running in parallel gains
    python -m benchmarks.replay [DIR]     which orders real nights would have written, day by day

Each prints a table, or with `--json` exactly one JSON object on standard output; progress goes to
standard error. DIR is the folder of the PdM_*.csv files; without it FOREWARN_TEST_DATA_DIR is
used, then ../shared/data, and where neither is there the benchmark is skipped with a reason.
"""
