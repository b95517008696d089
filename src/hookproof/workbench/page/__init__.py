"""`hookproof listen` and its page, on which people look at deliveries as they come."""
