"""What touches the disk: the user's files, the cache, the journal."""
