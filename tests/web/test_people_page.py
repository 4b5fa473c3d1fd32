"""Clients and therapists in a real Chromium: listed, added, changed, limits set by somebody, what is refused."""

import json
from collections.abc import Iterator

import aiohttp
import pytest

from bard.people.records import Damaged, Limits
from bard.settings import RetentionSettings
from tests.web.browser import Browser, Page
from tests.web.pictures import pictures
from tests.web.station import Station
from tests.web.studio import CLIENT, SCRIPT, THERAPIST, furnished, people_of
from tests.web.test_start_page import put
from tests.web.test_texts import TEXTS
from tests.web.visiting import cookie_of, visiting

pytestmark = pytest.mark.apt


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    station = furnished(tmp_path_factory.mktemp("people"))
    try:
        yield station
        assert "Traceback" not in station.log.read_text() + station.house.log.read_text()
    finally:
        station.house.close()


def limits_of(station: Station, code: str) -> Limits:
    with people_of(station.house) as people:
        found = people.client(code).limits
    assert found is not None
    assert not isinstance(found, Damaged)
    return found


def opened(browser: Browser, station: Station) -> Page:
    page = station.paired(browser, "studio", width=390, height=844)
    page.open(f"{station.url}/people")
    page.wait("document.querySelectorAll('#client-rows tr').length > 0")
    return page


def test_a_client_is_added_and_changed(browser: Browser, studio: Station) -> None:
    page = opened(browser, studio)
    assert SCRIPT in page.text(f"[data-code={CLIENT}]")
    page.click("#new-client")
    fields = page.look("[...document.querySelectorAll('#client-form :is(input, textarea)')].map((one) => one.value)")
    assert set(fields) == {""}
    put(page, "#client-name", SCRIPT)
    put(page, "#client-notes", SCRIPT)
    put(page, "#limit_kg", "40,5")
    page.click("#client-form .go")
    page.wait_text("#problem", "say who")
    put(page, "#zones", "<img src=x onerror=alert(3)> = 20")
    put(page, "#by", SCRIPT)
    page.click("#client-form .go")
    page.wait_text("#problem", "zones")
    page.look("document.querySelector('#zones').value = ''")
    put(page, "#zones", "lower back = 20,5\nribs = 15")
    pictures(page, "client")
    page.click("#client-form .go")
    page.wait_text("#problem", "Kept: C")
    code = page.text("#problem").removeprefix("Kept: ").strip()
    limits = limits_of(studio, code)
    assert (limits.by, limits.given.limit_kg, limits.given.near_kg) == (SCRIPT, 40.5, None)
    assert limits.given.zones == {"lower back": 20.5, "ribs": 15.0}
    with people_of(studio.house) as people:
        assert (people.client(code).name, people.client(code).notes) == (SCRIPT, SCRIPT)
    pictures(page, "people")
    row = f"[data-code={code}]"
    named = page.text(row).count(SCRIPT)
    page.click(f"{row} .edit")
    page.wait_text("#history", SCRIPT)
    page.look("document.querySelector('#client-name').value = ''")
    page.click("#client-form .go")
    page.wait("document.querySelector('#client-form').hidden")
    with people_of(studio.house) as people:
        assert people.client(code).name is None
        assert len(people.limits(code)) == 1
    page.wait_for(lambda: page.text(row).count(SCRIPT) < named, "the list is anew")
    page.click(f"{row} .edit")
    page.wait("!document.querySelector('#client-form').hidden")
    page.look("document.querySelector('#limit_kg').value = '10'")
    put(page, "#by", "B. 2")
    page.click("#client-form .go")
    page.wait_text("#problem", "zone")
    assert len(page.requests) == len([url for url in page.requests if "onerror" not in url])
    assert limits_of(studio, code).given.limit_kg == 40.5
    assert all("400" in one for one in page.complaints), page.complaints


def test_a_therapist_is_added_and_weighed(browser: Browser, studio: Station) -> None:
    page = opened(browser, studio)
    assert "70.0 kg" in page.text(f"[data-code={THERAPIST}]")
    page.click("#new-therapist")
    put(page, "#therapist-code", "T77")
    page.click("#therapist-form .go")
    page.wait_text("[data-code=T77]", "none")
    page.click("[data-code=T77] .edit")
    put(page, "#body_weight_kg", "sixty")
    page.click("#therapist-form .go")
    page.wait_text("#problem", "not a number")
    page.look("document.querySelector('#body_weight_kg').value = '61.5'")
    page.click("#therapist-form .go")
    page.wait_text("[data-code=T77]", "61.5 kg")
    assert page.complaints == []


def test_retention_is_shown_and_has_its_words(browser: Browser, studio: Station) -> None:
    assert set(TEXTS["desk"]["retention"]) == set(RetentionSettings.__struct_fields__)
    page = opened(browser, studio)
    assert page.text("#retention").count("for ever") == 6


REFUSED = (
    ("/do/client", {"is_new": True, "code": "Ann"}, 400),
    ("/do/client", {"is_new": True, "code": "../x1"}, 400),
    ("/do/client", {"is_new": True, "code": CLIENT}, 400),
    ("/do/client", {"is_new": False}, 400),
    ("/do/client", {"is_new": False, "code": "C99"}, 400),
    ("/do/client", {"is_new": True, "limits": {}, "by": "B"}, 400),
    ("/do/client", {"is_new": True, "limits": {"limit_kg": 40}}, 400),
    ("/do/client", {"is_new": True, "limits": {"limit_kg": 40}, "by": "  "}, 400),
    ("/do/client", {"is_new": True, "limits": {"limit_kg": 40, "near_kg": 50}, "by": "B"}, 400),
    ("/do/client", {"is_new": True, "limits": {"limit_kg": -1}, "by": "B"}, 400),
    ("/do/client", {"is_new": True, "limits": {"limit_kg": "40"}, "by": "B"}, 400),
    ("/do/client", {"is_new": True, "name": "x" * 201}, 400),
    ("/do/client", {"is_new": True, "admin": True}, 400),
    ("/do/therapist", {"is_new": True, "body_weight_kg": 1}, 400),
    ("/do/therapist", {"is_new": True, "u_kg": 1}, 400),
    ("/do/therapist", {"is_new": False, "code": "T99"}, 400),
)


def test_what_no_page_says_changes_nobody(studio: Station) -> None:
    def known() -> tuple[int, int]:
        with people_of(studio.house) as people:
            return len(people.clients()), len(people.therapists())

    before = known()
    headers = {"Origin": studio.url, "Content-Type": "application/json"}

    async def work(visit: aiohttp.ClientSession) -> None:
        for path, body, status in REFUSED:
            async with visit.post(path, data=json.dumps(body).encode(), headers=headers) as answer:
                assert answer.status == status, (body, await answer.text())
                assert "\n" not in (await answer.json())["refusal"]

    visiting(studio, work, cookie_of(studio, "studio"))
    assert known() == before


@pytest.mark.parametrize("role", ["therapist", "installer"])
def test_people_are_the_studios(studio: Station, role: str) -> None:
    headers = {"Origin": studio.url, "Content-Type": "application/json"}

    async def work(visit: aiohttp.ClientSession) -> None:
        for path in ("/people", "/data/people", f"/data/client?client={CLIENT}", f"/download/client?client={CLIENT}"):
            async with visit.get(path) as answer:
                assert answer.status == 403
                assert "Ann" not in await answer.text()
        for path in ("/do/client", "/do/therapist"):
            async with visit.post(path, data=b'{"is_new": true}', headers=headers) as answer:
                assert answer.status == 403

    visiting(studio, work, cookie_of(studio, role))


def test_where_no_names_are_kept_none_is_taken(tmp_path_factory: pytest.TempPathFactory) -> None:
    station = furnished(tmp_path_factory.mktemp("nameless"), names=False)
    headers = {"Origin": station.url, "Content-Type": "application/json"}

    async def work(visit: aiohttp.ClientSession) -> None:
        body = json.dumps({"is_new": False, "code": CLIENT, "name": "Ann"}).encode()
        async with visit.post("/do/client", data=body, headers=headers) as answer:
            assert answer.status == 409
            assert "keeps no names" in (await answer.json())["refusal"]
        async with visit.get("/data/people") as answer:
            told = await answer.json()
            assert told["names"] is False
            assert told["clients"][0]["name"] is None
        async with visit.get("/download/client", params={"client": CLIENT}) as answer:
            assert (answer.status, CLIENT in await answer.text()) == (200, True)
            assert CLIENT not in answer.headers["Content-Disposition"]

    try:
        visiting(station, work, cookie_of(station, "studio"))
    finally:
        station.house.close()
