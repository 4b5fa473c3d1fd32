"""The local socket: snapshots and events out, commands in, one JSON line a message."""
