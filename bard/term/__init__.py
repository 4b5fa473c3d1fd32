"""What a terminal shows of the room: a live view, plain lines, one screen of status."""
