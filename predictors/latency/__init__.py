"""Latency: tables, predictors fitted to them, and what is known without one."""
