"""Attempts sent when they are due, over connections that are kept, and counted."""
