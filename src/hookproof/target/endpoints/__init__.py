"""Endpoints of ours that a platform is told to deliver to, and what comes there: events and verification requests."""
