"""Run the command line as ``python -m ssot_migrate``."""

from ssot_migrate.cli import main

if __name__ == "__main__":
    main()
