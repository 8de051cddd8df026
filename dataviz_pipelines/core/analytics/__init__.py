"""Rollups: what the logs hold, counted by hour and by day, so that a year answers as fast as a day.

`rolling` counts, `checking` compares with the logs, `reading` answers questions.
"""
