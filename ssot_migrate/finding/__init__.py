"""The places that create mocks, and the family of each."""
