"""What a studio asks of its records: a start with its checks, retention, erasure, backups."""
