"""A correct implementation of what the specs document, for `--target demo` and for our own tests."""
