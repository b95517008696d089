"""The journal's lines become results.json."""
