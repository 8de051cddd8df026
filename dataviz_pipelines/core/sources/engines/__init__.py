"""One module for each kind of database. They do not know each other, and each alone knows its driver."""
