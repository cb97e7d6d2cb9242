"""Measurements and maintenance; run from the root of a checkout."""
