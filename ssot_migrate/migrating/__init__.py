"""A migration batch by batch: the plan, and how far it has come."""
