"""Files as they come over HTTP: taken from the stream, watched while they load, handed back as rejects."""
