"""Speed and memory, measured as ratios in one run: a table on stderr, one JSON document on stdout."""
