"""What `hookproof listen` does with what comes: it is kept, answered as the script says, and looked at."""
