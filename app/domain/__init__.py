"""Rules: pure functions and tables of facts. Standard library only; no clock, no SQL."""
