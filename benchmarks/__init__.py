"""The speed claims of the README, reproducible: `make bench`."""
