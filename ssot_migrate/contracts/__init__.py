"""What a factory's methods return, read from its source."""
