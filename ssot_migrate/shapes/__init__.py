"""What a mock is, and the one reader of the statements that make it so."""
