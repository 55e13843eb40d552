"""Whether a factory keeps its promises, and whether all services use one."""
