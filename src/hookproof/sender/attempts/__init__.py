"""The attempts of a sender as values: read by the documents, one after another, many together, and their spacing."""
