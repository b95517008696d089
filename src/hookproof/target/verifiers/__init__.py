"""Verifiers under test: a command that is spoken to in lines, or a function in this process."""
