"""Sessions in a real Chromium: the list with its filters, one session with its chart, its alarms and its files."""

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest

from bard.people.schema import PEOPLE_FILE
from tests.daemon.house import wait_for
from tests.web.browser import Browser, Page
from tests.web.pictures import pictures
from tests.web.station import ARTEFACTS, Station
from tests.web.studio import CLIENT, SCRIPT, THERAPIST, furnished, session_at
from tests.web.visiting import cookie_of, visiting

pytestmark = pytest.mark.apt


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Station, str]]:
    station = furnished(tmp_path_factory.mktemp("studio"))
    try:
        yield station, session_at(station, "below", "over", "critical", "below")
        assert "Traceback" not in station.log.read_text() + station.house.log.read_text()
    finally:
        station.house.close()


def test_from_the_list_to_a_session_and_its_files(browser: Browser, studio: tuple[Station, str]) -> None:
    station, session = studio
    page = station.paired(browser, "studio", width=390, height=844)
    page.open(f"{station.url}/sessions")
    page.wait("document.querySelectorAll('#rows tr').length === 1")
    page.wait_text("#count", "shown: 1")
    assert CLIENT in page.text("#rows")
    assert SCRIPT in page.text("#rows")
    pictures(page, "sessions")
    assert THERAPIST in page.look("document.querySelector('#rows').textContent")
    for name, typed, words in (("from", "2199-01-01", "no sessions"), ("client", "C999", 'no client "C999"')):
        page.look(f"document.querySelector('#{name}').value = '{typed}'")
        page.click("#show")
        page.wait_text("main", words)
        page.look(f"document.querySelector('#{name}').value = ''")
    page.look(f"document.querySelector('#client').value = '{CLIENT.lower()}'")
    page.click("#show")
    page.wait("document.querySelectorAll('#rows tr').length === 1")
    page.click("#rows a")
    page.wait("location.pathname === '/session' && document.querySelector('main').dataset.shown")
    page.wait("document.querySelector('#loads').dataset.shown")
    assert session in page.text("#whose")
    assert SCRIPT in page.text("#whose")
    assert "far above the limit" in page.text("#calls")
    assert "CUE" not in page.text("#calls")
    page.click("#cues")
    page.wait_text("#calls", "CUE")
    assert "kg" in page.text("#figure-peak")
    assert page.text("#figure-limit").startswith("60.0 kg")
    assert "to see it" in page.text("#changes")
    zoom(page)
    pictures(page, "session")
    page.look("document.querySelector('#loads').scrollIntoView()")
    page.screenshot(ARTEFACTS / "session-chart-390x844.png")
    assert page.complaints == [] or all("503" in one or "400" in one for one in page.complaints), page.complaints
    own = (station.url, station.url.replace("http", "ws"))
    assert [url for url in page.requests if not url.startswith((*own, "data:"))] == []


def zoom(page: Page) -> None:
    """By buttons and keys; the chart asks for what it shows."""
    whole = page.look("document.querySelector('#loads').dataset.shown")
    page.click("#zoom-in")
    page.wait(f"document.querySelector('#loads').dataset.shown !== '{whole}'")
    near = [float(part) for part in page.look("document.querySelector('#loads').dataset.shown").split()]
    length = float(whole.split()[1])
    assert near[1] - near[0] == pytest.approx(max(2.0, length / 2), abs=0.1)
    page.look("document.querySelector('#loads').focus()")
    page.click("#whole")
    page.wait(f"document.querySelector('#loads').dataset.shown === '{whole}'")
    painted = "(() => { const c = document.querySelector('#loads'), d = c.getContext('2d')"
    painted += ".getImageData(60, 0, c.width - 70, c.height).data; let n = 0;"
    painted += "for (let i = 0; i < d.length; i += 4) if (d[i] === 43 && d[i + 1] === 60) n++; return n })()"
    assert page.look(painted) > 10


def test_files_are_made_by_bards_own_commands(studio: tuple[Station, str]) -> None:
    station, session = studio
    found: dict[str, str] = {}

    async def work(visit: aiohttp.ClientSession) -> None:
        for what in ("report", "minutes", "series", "alarms", "sessions", "studio"):
            given = {} if what in ("sessions", "studio") else {"id": session}
            async with visit.get(f"/download/{what}", params=given) as answer:
                assert answer.status == 200, await answer.text()
                assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                found[what] = await answer.text()
        async with visit.get("/download/minutes", params={"id": "0" * 16}) as answer:
            assert (answer.status, "0000" in await answer.text()) == (409, True)

    visiting(station, work, cookie_of(station, "studio"))
    assert found["report"].startswith("<!doctype html>")
    assert all(found[what].startswith("session,") for what in ("minutes", "series", "alarms", "sessions"))
    assert session in found["sessions"]
    assert found["series"].count("\n") > 20
    assert not any(secret in text for secret in ("Ann", CLIENT) for text in found.values())


def test_nothing_of_the_records_for_other_roles_or_nobody(studio: tuple[Station, str]) -> None:
    station, session = studio
    paths = ("/data/sessions", f"/data/session?id={session}", f"/data/load?id={session}&from=0&to=9&columns=9")
    files = tuple(f"/download/{what}?id={session}" for what in ("report", "minutes", "series", "alarms", "sessions"))

    async def refused(visit: aiohttp.ClientSession, status: int) -> None:
        for path in (*paths, *files, "/sessions", "/session"):
            async with visit.get(path, allow_redirects=False) as answer:
                assert answer.status == (303 if status == 401 and path in ("/sessions", "/session") else status), path
                assert session not in await answer.text()

    visiting(station, lambda visit: refused(visit, 401))
    for role in ("therapist", "installer"):
        cookie = cookie_of(station, role)
        visiting(station, lambda visit: refused(visit, 403), cookie)


@pytest.mark.parametrize(
    "asked",
    [
        "/data/session",
        "/data/session?id=last",
        "/data/session?id=../../etc/passwd",
        "/data/session?id=-o",
        "/data/session?id=0123456789abcde%00",
        "/data/session?id=0123456789abcdef%0a",
        "/data/session?id=0123456789abcdef",
        "/data/session?id=0123456789abcdef&x=1",
        "/data/load?id=0123456789abcdef&from=nan&to=inf&columns=9",
        "/data/load?id=0123456789abcdef&from=0&to=9&columns=99999999",
        "/data/load?id=0123456789abcdef&from=9&to=1&columns=9",
        "/data/sessions?from=2026-02-30",
        "/data/sessions?from=9999-99-99",
        "/data/sessions?client=' OR 1=1 --",
        "/data/sessions?client=%3Cscript%3E1",
        "/download/report",
        "/download/report?id=last",
        "/download/report?id=--help",
        "/download/report?id=..%2F..%2Fetc%2Fpasswd",
        "/download/sessions?from=--help",
        "/download/conversions?id=0123456789abcdef",
        "/download/..%2Fpeople.db",
        "/download/report%00",
    ],
)
def test_what_nobody_asks_is_one_line(studio: tuple[Station, str], asked: str) -> None:
    station, _ = studio

    async def work(visit: aiohttp.ClientSession) -> None:
        async with visit.get(asked.replace(" ", "%20")) as answer:
            words = await answer.text()
            assert answer.status in (400, 404), (asked, words)
            assert "Traceback" not in words
            assert words.count("\n") <= 1
            assert answer.content_type in ("application/json", "text/plain")

    visiting(station, work, cookie(station))


_COOKIES: dict[str, str] = {}


def cookie(station: Station) -> str:
    """One device of the studio for all of them."""
    return _COOKIES.setdefault(station.url, "") or _COOKIES.setdefault(f"{station.url}/", cookie_of(station, "studio"))


def test_many_at_once_are_sent_away_and_the_page_goes_on(studio: tuple[Station, str]) -> None:
    station, session = studio

    async def work(visit: aiohttp.ClientSession) -> None:
        async def get(path: str) -> int:
            async with visit.get(path) as answer:
                await answer.read()
                return answer.status

        path = f"/data/load?id={session}&from=0&to=5&columns=100"
        found = await asyncio.gather(*(get(path) for _ in range(60)))
        assert set(found) <= {200, 503}
        assert {200, 503} <= set(found)
        reports = await asyncio.gather(*(get(f"/download/report?id={session}") for _ in range(4)))
        assert sorted(reports) == [200, 200, 503, 503]
        assert await get(path) == 200

    visiting(station, work, cookie(station))
    assert station.house.snapshot().station == "room"


def test_records_that_are_away_are_one_line(studio: tuple[Station, str], browser: Browser) -> None:
    station, _ = studio
    people = station.house.folder / "var" / PEOPLE_FILE
    page = station.paired(browser, "studio")
    page.open(f"{station.url}/session?id=0123456789abcdef")
    page.wait_text("#problem", "no session")
    aside = people.with_suffix(".aside")
    people.rename(aside)
    try:
        page.open(f"{station.url}/sessions#client={CLIENT}")
        page.wait_text("#problem", "nobody is kept here yet")
    finally:
        aside.rename(people)
    wait_for(lambda: station.listens(), "it still listens")
