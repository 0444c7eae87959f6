"""What the benchmarks share: a plant to measure, scores, and how results are printed."""
