"""People settle what the machines cannot: which decisions they read, and what comes of it."""
