"""Run the command line, also as ``python -m ssot_migrate``."""


def main() -> None:
    """Run the command line; never returns.

    A process of the pool may import this module again, where it is not forked, and needs no Typer.
    """
    from ssot_migrate import cli

    cli.main()


if __name__ == "__main__":
    main()
