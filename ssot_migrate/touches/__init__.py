"""What the code that can see a mock does with it."""
