"""The attempts of a sender as values."""
