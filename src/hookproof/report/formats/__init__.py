"""One module for each file of a run, each a function of results.json."""
