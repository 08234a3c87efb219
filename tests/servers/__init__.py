"""Real servers that others wrote, started where they are installed."""
