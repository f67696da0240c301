"""The tests. They drive the real program against real servers on loopback; see ``tests/servers``."""
