"""Deliveries sent by hand: made new and signed, or as they were captured."""
