"""Bar load -> the load on the client, and who is on the client. Knows no counts, no alarm and no clock."""
