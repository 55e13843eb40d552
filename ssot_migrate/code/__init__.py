"""Python as it stands in a file: names, places, scopes, layout."""
