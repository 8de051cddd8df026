"""What is in the data sources: engines list and describe tables, and the platform's database is brought to agree with them.

    engine.tables()  →  selection  →  engine.describe(batch), halved around what fails  →  store.settle(batch)  →  removals

An engine reads catalogs alone and takes an open connection. Only a complete listing removes, and never much at once.
"""
