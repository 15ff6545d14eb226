"""Names that people type: of hosts and of files."""
