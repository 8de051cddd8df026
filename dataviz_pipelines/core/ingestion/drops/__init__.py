"""Files that people drop into a folder: taken once, loaded in batches, and put where their fate can be seen.

    inbox/TEMPLATE/file  →  claimed/TEMPLATE/UPLOAD/file  →  archive/… or quarantine/TEMPLATE/MONTH/UPLOAD/file

The folder `claimed` is the durable truth between two steps: whatever lies there is on record, or will be after the next
look, so a kill at any moment loses nothing and loads nothing twice.
"""
