"""What tables of a provider's files may hold, as types."""
