"""A small platform in place of the real one, for tests of what keeps its processes running."""
