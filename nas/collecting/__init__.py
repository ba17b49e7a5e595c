"""Collecting measurements: where they are made, what comes home, and the tables of it."""
