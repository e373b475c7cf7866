"""S5: a full mailbox is answered 452 4.2.2 where so set: the sender comes again."""

import importlib.util
import os

HERE = os.path.dirname(os.path.abspath(__file__))
SETTINGS = {"over_quota": "defer"}


def run(server):
    """The other case with the other reply."""
    spec = importlib.util.spec_from_file_location("quota", os.path.join(HERE, "hostile_quota.py"))
    quota = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(quota)
    quota.run(server, b"452 4.2.2")
