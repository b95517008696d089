"""Management APIs with one flaw each; see tests/flawed. Served as the senders are."""
