"""One commit that brings files into a Delta table and takes others out of it.

The library of Fabric's Python kernel (deltalake 1.2) takes files out only together with all others. There the commit is written as the
Delta protocol has it, as a new file of the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from time import time
from typing import Any
from urllib.parse import quote

_PLAIN = "/=+$@~!*'(),;:&-._"
"""Signs that stand in the paths of a log as they are."""


def change_files(
    table: Any,
    adds: Sequence[Any],
    gone: Sequence[str],
    schema: Any,
    partitions: Sequence[str],
    app: str,
    told: Mapping[str, str],
    create: Callable[[str, str], None],
) -> None:
    """Commits to a table of delta-rs, in the version that it was opened in: add actions, and the paths of files that go.

    `app` names the commit, `told` is put into it. `create` makes a file of the log by its name and its text, or raises where it is there
    already. Raises what delta-rs and `create` raise.
    """
    from deltalake import CommitProperties, Transaction, transaction

    remove = getattr(transaction, "RemoveAction", None)
    if gone and remove is None:
        create(f"{table.version() + 1:020}.json", _commit(adds, gone, partitions, app, told))
        return
    now = int(time() * 1000)
    actions = [*adds, *(remove(name, True, now) for name in gone if remove is not None)]
    properties = CommitProperties(custom_metadata=dict(told) or None, app_transactions=[Transaction(app, 0)])
    table.create_write_transaction(actions, mode="append", schema=schema, partition_by=list(partitions), commit_properties=properties)


def _commit(adds: Sequence[Any], gone: Sequence[str], partitions: Sequence[str], app: str, told: Mapping[str, str]) -> str:
    now = int(time() * 1000)
    info = {
        "timestamp": now,
        "operation": "WRITE",
        "operationParameters": {"mode": "Append", "partitionBy": json.dumps(list(partitions))},
        **told,
    }
    lines: list[dict[str, Any]] = [{"commitInfo": info}, {"txn": {"appId": app, "version": 0, "lastUpdated": now}}]
    lines += ({"remove": {"path": quote(name, _PLAIN), "dataChange": True, "deletionTimestamp": now}} for name in gone)
    lines += (
        {
            "add": {
                "path": quote(add.path, _PLAIN),
                "partitionValues": dict(add.partition_values),
                "size": add.size,
                "modificationTime": add.modification_time,
                "dataChange": add.data_change,
                "stats": add.stats,
            }
        }
        for add in adds
    )
    return "".join(json.dumps(line) + "\n" for line in lines)
