"""Predictions for many genotypes of one space at once."""
