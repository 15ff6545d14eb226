"""What the operating system has to be asked about: forked processes, paths, files that are there whole or not at all."""
