"""Bytes out and in: one attempt to an endpoint, and the inbox where a sender delivers."""
