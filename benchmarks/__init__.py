"""Benchmarks: the product measured through its own tables and deeds.

    python -m benchmarks.azure [DIR]      how good the forecasts are on the public Azure fleet
    python -m benchmarks.cmapss DIR       remaining life of turbofans, beside published results
    python -m benchmarks.runtofailure FILE  any table of units run to failure, units left out
    python -m benchmarks.ladder [DIR]     every rung side by side; does the best one serve?
    python -m benchmarks.fleet DIR        a fleet as CSV imports, lived through in as-of nights
    python -m benchmarks.first_year       an empty plant's first twelve months
    python -m benchmarks.closed_loop      years lived through, reported figures against the truth
    python -m benchmarks.policy           order rules: how fast one is tried, and what each costs
    python -m benchmarks.interventions    calibration where repairs hide the failures
    python -m benchmarks.regimes          what operating regimes are worth
    python -m benchmarks.features         the feature pass beside other libraries
    python -m benchmarks.night            what a night costs, and what running in parallel gains
    python -m benchmarks.replay [DIR]     which orders real nights would have written, day by day
    python -m benchmarks.first_minutes    from a fresh clone to the first screen

Each prints a table, or with `--json` exactly one JSON object on standard output; progress goes to
standard error. DIR is the folder of the PdM_*.csv files; without it FOREWARN_TEST_DATA_DIR is
used, then ../shared/data, and where neither is there the benchmark is skipped with a reason.
"""
