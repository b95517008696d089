"""What a check can do to a receiver under test."""
