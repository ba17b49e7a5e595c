"""Measuring: what to measure, on what and how, and what the times say."""
