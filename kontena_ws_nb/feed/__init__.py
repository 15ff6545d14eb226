"""What a panel is sent: sources, the rows of a filter, a merged timeline, status, and the messages of the comm."""
