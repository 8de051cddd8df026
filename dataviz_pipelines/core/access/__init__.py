"""Who may do what: roles and who has them, what is shared with whom, and what is shown to everybody."""
