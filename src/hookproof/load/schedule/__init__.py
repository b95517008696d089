"""When deliveries are due. Pure."""
