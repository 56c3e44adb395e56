"""The three init modes in a row, each in a job of its own, against an embedded DynamoDB Local.

    create_if_not_exists   makes the table; (1, Hello) and (2, World) are written
    default                takes it as it is; (1, Bonjour) takes the place of (1, Hello)
    replace                makes it anew; (3, Hi) is all there is

After each job the table is read back and printed.
"""

from __future__ import annotations

import sys
from typing import Any

from pyflink.common import Types
from pyflink.datastream import StreamExecutionEnvironment

from pyflink_dynamodb import write_dynamodb
from pyflink_dynamodb.testing import DynamoDbLocal, scan_items

TABLE = "words"
# The names become attributes, and the type of `id` that of the key.
WORD = Types.ROW_NAMED(["id", "word"], [Types.INT(), Types.STRING()])


def write(words: list[tuple[int, str]], init_mode: str, properties: dict[str, str]) -> None:
    """One job that writes the words."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    env.set_python_executable(sys.executable)
    stream = env.from_collection(words, type_info=WORD)
    write_dynamodb(
        stream,
        TABLE,
        partition_key="id",
        init_mode=init_mode,
        dynamodb_properties=properties,
    )
    env.execute(f"{TABLE}: {init_mode}")


def main() -> None:
    """Run the three jobs."""
    with DynamoDbLocal() as dynamodb:
        jobs: list[tuple[str, list[tuple[int, str]]]] = [
            ("create_if_not_exists", [(1, "Hello"), (2, "World")]),
            ("default", [(1, "Bonjour")]),
            ("replace", [(3, "Hi")]),
        ]
        for init_mode, words in jobs:
            write(words, init_mode, dynamodb.properties)
            items: list[dict[str, Any]] = scan_items(dynamodb.client(), TABLE)
            print(f"{init_mode}: wrote {words}, the table has {len(items)}")
            for item in sorted(items, key=lambda item: item["id"]):
                print(f"  {item['id']}: {item['word']}")


if __name__ == "__main__":
    main()
