"""Accuracy: what published results let expect, and what evaluations do."""
