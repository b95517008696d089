"""Texts that all formats share."""
