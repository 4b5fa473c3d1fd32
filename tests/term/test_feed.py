import time

import pytest

from bard.control.client import ControlClient
from bard.errors import LinkError
from bard.term.feed import Feed, fresh_snapshot
from tests.control.fake import LOUD, RunningServer, room, wait_for


def polled(feed, condition):
    def look():
        feed.poll()
        return condition()

    return look


def test_shows_the_newest_and_says_nothing_of_a_daemon_that_is_away(running):
    feed = Feed(running.path, 20)
    assert feed.snapshot is None
    wait_for(polled(feed, lambda: feed.snapshot), "a snapshot")
    running.handler.shown = room(12.0)
    wait_for(polled(feed, lambda: feed.snapshot.client_load_kg == 12.0), "the newest")
    events = []
    running.broadcast(LOUD)
    wait_for(lambda: events.extend(feed.poll()[1]) or events, "the event")
    assert events[0].event == LOUD
    running.call(running.server.close)
    wait_for(polled(feed, lambda: feed.snapshot is None), "nothing to show", 0.5)
    wait_for(polled(feed, lambda: "no bard runs here" in feed.why), "the reason")
    again = RunningServer(running.path)
    wait_for(polled(feed, lambda: feed.snapshot), "back", 1.5)
    feed.close()
    again.close()


def test_a_time_that_stands_still_is_not_monitored_even_over_new_connections(running):
    feed = Feed(running.path, 20)
    wait_for(polled(feed, lambda: feed.snapshot), "a snapshot")
    running.handler.frozen = True
    began = time.monotonic()
    wait_for(polled(feed, lambda: feed.snapshot is None), "nothing to show", 1.5)
    assert time.monotonic() - began > 0.5
    assert "stand still" in feed.why
    feed.close()
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        feed.poll()
        assert feed.snapshot is None
        feed.wait(0.02)
    running.handler.frozen = False
    wait_for(polled(feed, lambda: feed.snapshot), "back")
    feed.close()


def test_a_query_of_a_daemon_that_stands_still_is_an_error(running):
    with ControlClient(running.path) as client:
        assert fresh_snapshot(client).client_load_kg == 38.2
        running.handler.frozen = True
        with pytest.raises(LinkError, match="stand still"):
            fresh_snapshot(client)
