"""A provider described: whether its folder is whole, and what its secrets look like."""
