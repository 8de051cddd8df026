"""Data sources: databases of other people that the platform reads."""
