"""The live page in a real Chromium, beside the real daemon: what a therapist sees, taps and hears."""

import pytest
from msgspec.structs import replace

from bard.control.level import LEVEL_WORDS
from bard.control.words import kg_words, load_in_unit
from bard.messages import PhaseChanged
from tests.control.fake import SESSION, alarm, room
from tests.daemon.house import wait_for
from tests.web.browser import Browser, Page
from tests.web.levels import begin, bring
from tests.web.station import ARTEFACTS, Station

pytestmark = pytest.mark.apt
SIZES = ((390, 844), (768, 1024), (1920, 1080))
MOST_BYTES = 300_000


def at_level(page: Page, level: str) -> None:
    page.wait(f"document.documentElement.dataset.level === '{level}'")
    page.wait("document.documentElement.dataset.link === 'live'")
    page.wait_text("#level-words", LEVEL_WORDS[level])


def pictures(pages: list[Page], name: str) -> None:
    """Kept for people to look at; nothing may stick out on the side or be cut."""
    for page, (width, height) in zip(pages, SIZES, strict=True):
        page.screenshot(ARTEFACTS / f"{name}-{width}x{height}.png")
        assert page.look("document.documentElement.scrollWidth") <= width
        cut = page.look(
            "[...document.querySelectorAll('#number, #level, #under, nav button')]"
            ".filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.id)"
        )
        assert cut == [], (name, width)


def test_a_session_as_a_therapist_sees_it(browser: Browser, station: Station) -> None:
    house = station.house
    pages = [station.paired(browser, width=width, height=height) for width, height in SIZES]
    phone = pages[0]
    for page in pages:
        at_level(page, "no_session")
        assert "nobody is watched" in page.text("#under")
        assert page.text("#value") == "–"
    pictures(pages, "no_session")
    begin(house, lower_back=25.0, ribs=9.0)
    for level in ("below", "near", "over", "critical"):
        bring(house, level)
        for page in pages:
            at_level(page, level)
        pictures(pages, level)
    wait_for(lambda: number_is_the_sockets(station, phone), "the number is the socket's")
    phone.wait_text("#alarms", "far above the limit")
    assert "‼" in phone.look("getComputedStyle(document.querySelector('#alarm-list b'), '::before').content")
    assert phone.text("#phase") == "on"
    assert "left bar" in phone.text("#supports")
    assert "4 of 4 cells ok" in phone.text("#health")
    phone.wait("document.querySelector('#canvas').width > 0")
    phone.click("#acknowledge")
    house.until(lambda now: all("acknowledged" in one.state for one in now.alarms), "acknowledged")
    phone.wait_text("#toast", "acknowledged")
    phone.click("#pause")
    assert house.until(lambda now: now.audio_paused_s > 0, "paused").audio_paused_s <= 30
    phone.wait_text("#pause", "s left")
    bring(house, "below")
    choose_zone(phone, station)
    step_down(phone, station)
    assert [page.complaints for page in pages] == [[], [], []]
    for page in pages:
        assert all(url.startswith((station.url, station.url.replace("http", "ws"))) for url in page.requests)
        assert 0 < page.bytes < MOST_BYTES


def number_is_the_sockets(station: Station, page: Page) -> bool:
    """At one and the same row."""
    with station.house.client() as client:
        client.subscribe(20, events=False)
        seen = {}
        for _ in range(20):
            at, words = page.look("[document.documentElement.dataset.at, document.querySelector('#value').innerText]")
            message = client.next_message(1.0)
            while message is not None:
                seen[message.at_us] = load_in_unit(message.client_load_kg, message.u_kg)
                message = client.next_message(0)
            if int(at) in seen:
                assert words == seen[int(at)]
                return True
    return False


def choose_zone(page: Page, station: Station) -> None:
    """By taps; then back by keys alone."""
    page.click("#choose-zone")
    page.wait("document.querySelector('#zones').open")
    session = station.house.snapshot().session
    assert session is not None
    assert kg_words(session.zones["lower back"]) in page.text("#zones")
    page.screenshot(ARTEFACTS / "zones-390x844.png")
    page.click("#zone-list button:nth-child(3)")
    station.house.until(lambda now: now.session is not None and now.session.zone == "ribs", "the zone is chosen")
    page.wait_text("#zone", "ribs")
    page.wait_text("#limit", kg_words(session.zones["ribs"]))
    page.look("document.querySelector('#choose-zone').focus()")
    page.press("Enter")
    page.wait("document.querySelector('#zones').open")
    for _ in range(4):
        if page.look("document.activeElement.innerText.startsWith('none')"):
            break
        page.press("Tab")
    page.press("Enter")
    station.house.until(lambda now: now.session is not None and now.session.zone is None, "no zone")


def step_down(page: Page, station: Station) -> None:
    """One tap is not enough."""
    with station.house.client() as client:
        client.subscribe(0, events=True)
        page.click("#step-down")
        page.wait_text("#step-down", "tap again")
        page.wait("!document.querySelector('#step-down.sure')", 8.0)
        assert client.next_message(0) is None or client.query().phase == "on"
        page.click("#step-down")
        page.click("#step-down")
        page.wait_text("#toast", "stepped down")
        heard = iter(lambda: client.next_message(5.0), None)
        assert any(
            isinstance(one.event, PhaseChanged) and (one.event.phase, one.event.why) == ("off", "step-down")
            for one in heard
        )


def test_an_unknown_load_is_a_word(browser: Browser, running, house) -> None:
    """And every text of the room goes in as text: here by a daemon that says the worst."""
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    worst = alarm(id=evil, meaning=evil, subjects=(evil,), priority="high", value_kg=None)
    session = replace(SESSION, zones={evil: 20.0}, zone=evil)
    running.handler.shown = room(None, alarms=(worst,), session=session, station=evil, vibrator=7, buzzer=7)
    station = Station(house)
    house.furnish("sim://steady?seed=1", more=station.table)
    station.start()
    pages = [station.paired(browser, width=width, height=height) for width, height in SIZES]
    for page in pages:
        at_level(page, "unknown")
        assert page.text("#value") == "unknown"
        assert "the whole body weight is assumed" in page.text("#under")
        assert evil in page.text("#alarms")
        assert page.text("#zone") == evil
        assert page.look("document.querySelectorAll('main img, main script, dialog script').length") == 0
        assert page.look("document.title").startswith("–")
        assert page.complaints == []
    pictures(pages, "unknown")
    pages[0].click("#choose-zone")
    assert evil in pages[0].text("#zones")
    assert pages[0].look("document.querySelectorAll('dialog img').length") == 0


def test_a_person_reads_it_without_eyes_or_mouse_and_without_motion(browser: Browser, station: Station) -> None:
    begin(station.house, ribs=9.0)
    bring(station.house, "critical")
    page = station.paired(browser, width=1920, height=1080)
    at_level(page, "critical")
    nodes = page.tell("Accessibility.getFullAXTree")["nodes"]
    buttons = [node for node in nodes if node.get("role", {}).get("value") == "button" and not node["ignored"]]
    assert len(buttons) >= 5
    assert all(node["name"]["value"].strip() for node in buttons)
    regions = {node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "region"}
    assert {"Load on the client", "Alarms"} <= regions
    reached = set()
    for _ in range(12):
        page.press("Tab")
        reached.add(page.look("document.activeElement.id"))
        if page.look("document.activeElement.matches('button')"):
            assert page.look("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert {"arm", "acknowledge", "pause", "step-down", "choose-zone"} <= reached
    page.wait("document.getAnimations().length > 0")
    page.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    assert page.look("document.getAnimations().length") == 0
    small = page.look(
        "[...document.querySelectorAll('button')].map((one) => one.getBoundingClientRect())"
        ".filter((box) => box.width && (box.width < 44 || box.height < 36)).length"
    )
    assert small == 0


def test_an_installers_page_has_no_buttons_for_what_it_may_not(browser: Browser, station: Station) -> None:
    begin(station.house, ribs=9.0)
    page = station.paired(browser, role="installer")
    page.open(f"{station.url}/live")
    page.wait("document.querySelector('#step-down').hidden")
    assert page.look("[...document.querySelectorAll('nav button:not([hidden])')].map((one) => one.id)") == [
        "acknowledge",
        "pause",
    ]
    page.look("void fetch('/leave', {method: 'POST'})")  # it may be sent away before the answer is there
    page.wait("location.pathname === '/pair'")


def test_a_wrong_code_is_said(browser: Browser, station: Station) -> None:
    page = browser.page()
    page.open(station.url)
    page.wait("location.pathname === '/pair'")
    page.look("document.querySelector('#code').value = 'AAAAA-AAAAA'")
    page.click("#submit")
    page.wait_text("#problem", "not known")
    page.screenshot(ARTEFACTS / "pair-390x844.png")
    assert page.complaints == []
