"""Runs held against each other."""
