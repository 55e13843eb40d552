"""Run the command line, also as ``python -m ssot_migrate``."""

import atexit
import gc
import signal


def main() -> None:
    """Run the command line; never returns.

    A process of the pool may import this module again, where it is not forked, and needs no Typer.
    """
    # Start and end would spend a sixth of a short run on looking for cycles; there are few.
    gc.set_threshold(50_000, 20, 20)
    atexit.register(gc.freeze)

    # Until a command runs, and after it, there is nothing for Ctrl-C to clean up.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from ssot_migrate import cli

    cli.main()


if __name__ == "__main__":
    main()
