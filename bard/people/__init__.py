"""Therapists and clients: a database of its own, so that everything else can go without names."""
