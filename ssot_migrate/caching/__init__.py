"""What runs found out of files, remembered for as long as nothing that it depends on changes."""
