"""F75: a dashboard with everything it needs as one document, that another installation can take in.

Ids stay what they are, so that a document that is taken in twice changes nothing the second time. Data sources are known by
their names alone; how they are connected never leaves the database.
"""
