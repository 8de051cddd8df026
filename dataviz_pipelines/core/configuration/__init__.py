"""What is configured at run time: the platform's settings, and each person's preferences. Both are known by their keys."""
