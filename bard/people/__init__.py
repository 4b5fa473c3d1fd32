"""Therapists and clients: a database of its own, so that everything else can go without names.

One law: `people.db` is written by `bard.people.store` only, and whoever else needs it reads it through
`bard.people.reader`. It knows no load; a session is an id here.
"""
