"""What lives for a whole run: the endpoint or the platform under test, and whose turn it is."""
