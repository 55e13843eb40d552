"""From a parsed module to its violations and their fixes."""
