"""Sound and vibration of the page: what the room plays, in the rhythm of the one table, and only after a tap."""

import pytest

from bard.settings import PATTERNS, PITCH_HZ
from tests.web.browser import Browser, Page
from tests.web.levels import begin, bring
from tests.web.station import Station

pytestmark = pytest.mark.apt
NOTES = """
window.buzzes = []; window.tones = []; window.cuts = 0;
navigator.vibrate = (pattern) => { window.buzzes.push([].concat(pattern)); return true; };
const start = OscillatorNode.prototype.start, stop = OscillatorNode.prototype.stop;
OscillatorNode.prototype.start = function (at) {
  this.noted = {at, hz: this.frequency.value, until: null};
  window.tones.push(this.noted);
  return start.call(this, at);
};
OscillatorNode.prototype.stop = function (at) {
  if (this.noted.until === null) this.noted.until = at; else { this.noted.cut = true; window.cuts += 1; }
  return stop.call(this, at);
};
"""
NO_VIBRATION = "delete Navigator.prototype.vibrate;"


def armed(browser: Browser, station: Station, before: str = NOTES) -> Page:
    page = station.paired(browser, before=before)
    page.wait("document.documentElement.dataset.link === 'live'")
    assert page.look("document.querySelector('#arm').getBoundingClientRect().height") > 30
    page.click("#arm")
    page.wait("document.querySelector('#arm').hidden")
    assert page.text("#armed") == "Sound on"
    return page


def plays(page: Page, number: int) -> None:
    """From now on a whole period of this pattern's pulses is laid down as the table says, at its pitch."""
    rhythm = PATTERNS[number].buzzer
    assert rhythm is not None
    pulses = len(rhythm.on_off_ms[::2])
    page.wait(f"window.tones.filter((one) => one.hz === {PITCH_HZ[number]}).length >= {pulses}")
    tones = page.look(f"window.tones.filter((one) => one.hz === {PITCH_HZ[number]}).slice(0, {pulses})")
    at_ms = 0
    for index, length_ms in enumerate(rhythm.on_off_ms):
        if index % 2 == 0:
            tone = tones[index // 2]
            assert round(1000 * (tone["at"] - tones[0]["at"])) == at_ms
            assert round(1000 * (tone["until"] - tone["at"])) == length_ms
        at_ms += length_ms


def buzzes(page: Page, number: int) -> None:
    rhythm = PATTERNS[number].vibrator
    assert rhythm is not None
    page.wait(f"window.buzzes.some((one) => one.join() === '{','.join(map(str, rhythm.on_off_ms))}')")


def forget(page: Page) -> None:
    page.look("{ window.buzzes.length = 0; window.tones.length = 0; window.cuts = 0; 1 }")


def test_it_plays_what_the_room_plays(browser: Browser, station: Station) -> None:
    begin(station.house)
    bring(station.house, "near")
    page = station.paired(browser, before=NOTES)
    page.wait("document.documentElement.dataset.level === 'near'")
    assert page.look("window.buzzes.length + window.tones.length") == 0
    page.click("#arm")
    plays(page, 8)
    buzzes(page, 8)
    page.wait_text("#toast", "Did you hear it?")
    page.wait("window.buzzes.some((one) => one.join() === '40')")
    forget(page)
    bring(station.house, "over")
    buzzes(page, 6)
    plays(page, 6)
    page.wait(f"window.tones.filter((one) => one.hz === {PITCH_HZ[6]}).length >= 6")
    begins = page.look(f"window.tones.filter((one) => one.hz === {PITCH_HZ[6]}).map((one) => one.at)")
    assert begins[3] - begins[0] == pytest.approx(PATTERNS[6].buzzer.period_ms / 1000, abs=0.001)
    forget(page)
    bring(station.house, "critical")
    buzzes(page, 7)
    plays(page, 7)
    page.click("#pause")
    page.wait("window.cuts > 0")
    page.wait("document.querySelector('#pause').getAttribute('aria-pressed') === 'true'")
    assert page.complaints == []


def test_not_monitored_is_heard_and_felt_and_ends_with_it(browser: Browser, station: Station) -> None:
    page = armed(browser, station)
    plays(page, 8)
    page.wait("window.buzzes.length > 1")
    forget(page)
    station.house.end()
    plays(page, 9)
    buzzes(page, 9)
    station.house.start()
    page.wait("document.documentElement.dataset.link === 'live'")
    page.wait("window.buzzes.at(-1).join() === '0'")


def test_a_device_that_cannot_vibrate_says_so(browser: Browser, station: Station) -> None:
    page = armed(browser, station, NO_VIBRATION)
    page.wait_text("#toast", "This device cannot vibrate (iPhones and iPads cannot)")
    assert page.complaints == []
