"""Where the tasks of files are done."""
