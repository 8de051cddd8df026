"""One package per kind of database. They do not know each other, and only they know their drivers."""
