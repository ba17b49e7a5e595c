"""Bundles: what a board without this toolkit needs to measure a latency table, and the way back.

`runner` is the single file that travels in a bundle; it also holds the protocol by which this machine is measured.
"""
