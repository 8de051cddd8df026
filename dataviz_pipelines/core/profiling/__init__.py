"""What the values of discovered columns look like, by a sample that is bounded in rows, bytes and time (F16)."""
