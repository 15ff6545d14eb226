"""The filter grammar, and finding the rows it means."""
