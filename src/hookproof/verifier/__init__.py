"""What a check can do to a verifier: a function that says whether a request is genuine."""
