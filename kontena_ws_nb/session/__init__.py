"""`Session`: a named connection that is read in the background and outlives its connections."""
