"""Sessions on disk: what is known of a recorded session, and the SQLite file that a session is recorded to."""
