"""Files that people send over HTTP: received, put on record with the transaction that answers, and loaded by a worker.

    request  →  received/UPLOAD/file  →  archive/… or quarantine/TEMPLATE/MONTH/UPLOAD/file

All but `working` is imported by the API, and stays free of what reading files needs: that alone would double the memory
of each of its processes.
"""
