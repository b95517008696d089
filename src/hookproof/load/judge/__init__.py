"""What came of a load: objectives met or missed, effects, drift, recovery, and the search for capacity. Pure."""
