"""The platform's tables, one module for each section of the specification; `tables` has them all.

Nothing is imported here: mapping thirty tables takes a tenth of a second, and a command needs three of them.
"""
