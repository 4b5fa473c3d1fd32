"""Composition root of `bard run`: ports, core, outputs, tape and socket on one loop. It begins in app.py.

Nothing is imported here: commands that need a clock or a name of this room must not wait for all of it.
"""
