"""A platform as a run follows it: the calls to it, and what comes of them."""
