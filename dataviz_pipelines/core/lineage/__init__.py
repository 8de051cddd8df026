"""What a query reads: from its text to the tables and columns that it names, without asking any database."""
