"""A load from its options to its record: scenarios, workers, stages."""
