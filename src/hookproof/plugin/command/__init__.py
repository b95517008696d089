"""What the user asked for: command line, hookproof.toml, and what a target says of itself where nobody did."""
