"""What the command `pyflink-dynamodb`, and `python -m pyflink_dynamodb`, start."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say which extra it needs."""
    try:
        from pyflink_dynamodb.cli import main as command
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit("The command line needs its extra: pip install 'pyflink-dynamodb[cli]'")
    command(prog_name="pyflink-dynamodb")


if __name__ == "__main__":
    main()
