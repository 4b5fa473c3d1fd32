"""A session from a page, in a real Chromium: chosen, looked at, begun, watched, ended, and in the list."""

import json
from collections.abc import Iterator

import aiohttp
import pytest

from bard.people.records import LimitsGiven
from tests.daemon.house import wait_for
from tests.web.browser import Browser, Page
from tests.web.levels import bring
from tests.web.pictures import pictures
from tests.web.station import Station
from tests.web.studio import CLIENT, SCRIPT, THERAPIST, furnished, now_ms, people_of
from tests.web.visiting import cookie_of, visiting

pytestmark = pytest.mark.apt


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    station = furnished(tmp_path_factory.mktemp("start"))
    try:
        yield station
        assert "Traceback" not in station.log.read_text() + station.house.log.read_text()
    finally:
        station.house.close()


def put(page: Page, selector: str, words: str) -> None:
    """Typed, and left."""
    page.click(selector)
    page.tell("Input.insertText", text=words)
    page.look(f"document.querySelector({json.dumps(selector)}).blur()")


def verdicts(page: Page) -> list[str]:
    return page.look("[...document.querySelectorAll('#lines b')].map((one) => one.dataset.verdict)")  # type: ignore[no-any-return]


def begin(page: Page, station: Station) -> None:
    """By the button; again where the simulated board has just come anew, as the line says."""

    runs = "!document.querySelector('#running').hidden"

    def begun() -> bool:
        station.house.until_known()
        page.look("document.querySelector('#problem').textContent = ''")
        page.click("#start")
        page.wait(f"{runs} || document.querySelector('#problem').textContent !== ''")
        return bool(page.look(runs)) or station.house.snapshot().session is not None

    page.wait_for(begun, "the session runs")


def test_from_the_start_to_the_list(browser: Browser, studio: Station) -> None:
    page = studio.paired(browser, "studio", width=390, height=844)
    studio.house.end()
    studio.house.start()  # the simulated work begins anew, whatever the browser took to start
    studio.house.until_known()
    page.wait("!document.querySelector('#more').hidden")
    page.click("#more")
    page.wait("location.pathname === '/start' && !document.querySelector('#begin').hidden")
    assert [page.look(f"document.querySelector('#{name}').value") for name in ("client", "body")] == ["", ""]
    put(page, "#client", CLIENT.lower())
    page.wait_text("#name", SCRIPT)
    put(page, "#therapist", THERAPIST)
    page.click("#look")
    page.wait("!document.querySelector('#lines-panel').hidden")
    assert "refuse" not in verdicts(page), page.text("#lines")
    assert "pass" in verdicts(page)
    assert "limit 60 kg" in page.text("#lines")
    assert SCRIPT in page.text("#lines")
    assert studio.house.snapshot().session is None
    pictures(page, "start")
    begin(page, studio)
    session = studio.house.snapshot().session
    assert session is not None
    assert session.limit_kg == 60.0
    page.wait_text("#problem", "The session runs")
    pictures(page, "started")
    page.click("#running a")
    page.wait("location.pathname === '/live' && document.documentElement.dataset.link === 'live'")
    studio.house.until(lambda now: now.phase == "on" and now.client_load_kg, "somebody is on")
    bring(studio.house, "over")
    page.wait("document.documentElement.dataset.level === 'over'")
    page.open(f"{studio.url}/start")
    page.wait("!document.querySelector('#running').hidden")
    page.click("#end")
    assert studio.house.snapshot().session is not None
    page.wait_text("#end", "Tap again")
    page.click("#end")
    page.wait_text("#problem", "over")
    wait_for(lambda: studio.house.snapshot().session is None, "it is over")
    page.open(f"{studio.url}/sessions")
    page.wait("document.querySelectorAll('#rows tr').length === 1")
    page.click("#rows a")
    page.wait_text("#whose", session.id)
    assert page.complaints == []


def test_the_intake_is_asked_blocks_and_is_overridden(browser: Browser, studio: Station) -> None:
    with people_of(studio.house) as people:
        code = people.add_client(None, now_ms())
        people.set_limits(code, LimitsGiven(55.0), at_ms=now_ms(), by="B.")
    page = studio.paired(browser, "therapist", width=390, height=844)
    page.open(f"{studio.url}/start")
    page.wait("!document.querySelector('#begin').hidden")
    put(page, "#client", code)
    page.wait_text("#due", "never asked")
    assert SCRIPT in page.text("#questions")
    assert page.look("document.querySelectorAll('#questions input:checked').length") == 0
    put(page, "#asked-by", SCRIPT)
    page.click("input[name=pregnancy][value=yes]")
    page.click("#keep")
    assert page.look("document.querySelector('input[name=bruises]').validity.valueMissing")
    page.click("input[name=bruises][value=unsure]")
    pictures(page, "intake")
    page.click("#keep")
    page.wait_text("#problem", "blocks a start")
    put(page, "#body", "70,5")
    page.click("#start")
    page.wait_text("#problem", "No session was begun")
    assert "refuse" in verdicts(page)
    assert studio.house.snapshot().session is None
    put(page, "#override-by", "B. 1")
    put(page, "#override-why", SCRIPT)
    begin(page, studio)
    assert SCRIPT in page.text("#lines")
    pictures(page, "overridden")
    with people_of(studio.house) as people:
        (override,) = people.overrides(code)
        (intake,) = people.intakes(code)
    assert (override.by, override.reason, override.items) == ("B. 1", SCRIPT, ("pregnancy",))
    assert (intake.by, intake.answers) == (SCRIPT, {"pregnancy": "yes", "bruises": "unsure"})
    page.click("#end")
    page.click("#end")
    wait_for(lambda: studio.house.snapshot().session is None, "it is over")
    assert page.complaints == []


def test_names_are_for_the_studio_alone(studio: Station) -> None:
    async def work(visit: aiohttp.ClientSession) -> None:
        async with visit.get("/data/start") as answer:
            told.append(await answer.text())

    told: list[str] = []
    for role in ("studio", "therapist"):
        visiting(studio, work, cookie_of(studio, role))
    assert CLIENT in told[0]
    assert "Ann" in told[0]
    assert CLIENT in told[1]
    assert "Ann" not in told[1]


NOBODY = '{"client": "C99"}'
REFUSED_BY_BARD = (NOBODY, "{}")
BODIES = (
    ("/do/start", '{"client": "../../x1"}'),
    ("/do/start", '{"client": "C1", "limit_kg": 99}'),
    ("/do/start", '{"client": "C1", "body_weight_kg": 1e999}'),
    ("/do/start", '{"client": "C1", "body_weight_kg": 5}'),
    ("/do/start", NOBODY),
    ("/do/start", "{}"),
    ("/do/start", "[" * 5000),
    ("/do/start", "\x00"),
    ("/do/end", '{"force": true}'),
    ("/do/intake", '{"client": "C99", "by": "B", "answers": {}}'),
    ("/do/intake", f'{{"client": "{CLIENT}", "by": " ", "answers": {{"pregnancy": "no", "bruises": "no"}}}}'),
    ("/do/intake", f'{{"client": "{CLIENT}", "by": "B", "answers": {{"pregnancy": "no"}}}}'),
    ("/do/intake", f'{{"client": "{CLIENT}", "by": "B", "answers": {{"pregnancy": "maybe", "bruises": "no"}}}}'),
    (
        "/do/intake",
        f'{{"client": "{CLIENT}", "by": "B", "answers": {{"pregnancy": "no", "bruises": "no", "x": "no"}}}}',
    ),
)


def test_what_no_page_says_changes_nothing(studio: Station) -> None:
    headers = {"Origin": studio.url, "Content-Type": "application/json"}

    async def work(visit: aiohttp.ClientSession) -> None:
        for path, body in BODIES:
            async with visit.post(path, data=body.encode(), headers=headers) as answer:
                assert answer.status == (409 if body in REFUSED_BY_BARD else 400), (path, body)
                assert "\n" not in (await answer.json())["refusal"]
        async with visit.post("/do/end", data=b"{}", headers=headers) as answer:
            assert answer.status == 409
        async with visit.post("/do/intake", data=b" " * 100_000, headers=headers) as answer:
            assert answer.status == 413

    visiting(studio, work, cookie_of(studio, "studio"))
    with people_of(studio.house) as people:
        assert len(people.intakes(CLIENT)) == 1
    assert studio.house.snapshot().session is None


def test_only_this_page_and_its_roles_begin_or_end(studio: Station) -> None:
    body = json.dumps({"client": CLIENT, "therapist": THERAPIST}).encode()
    kind = {"Content-Type": "application/json"}

    async def tried(visit: aiohttp.ClientSession, headers: dict[str, str], status: int) -> None:
        for path in ("/do/start", "/do/end", "/do/intake"):
            async with visit.post(path, data=body, headers=headers) as answer:
                assert answer.status == status, path
            async with visit.get(path) as answer:
                assert answer.status == 405

    therapist, installer = cookie_of(studio, "therapist"), cookie_of(studio, "installer")
    own = kind | {"Origin": studio.url}
    visiting(studio, lambda visit: tried(visit, own, 401))
    visiting(studio, lambda visit: tried(visit, own, 403), installer)
    visiting(studio, lambda visit: tried(visit, kind, 403), therapist)
    visiting(studio, lambda visit: tried(visit, kind | {"Origin": "http://evil.example"}, 403), therapist)
    visiting(studio, lambda visit: tried(visit, {"Origin": studio.url, "Content-Type": "text/plain"}, 415), therapist)

    async def look(visit: aiohttp.ClientSession) -> None:
        for path in ("/data/start", f"/data/intake?client={CLIENT}", "/start"):
            async with visit.get(path) as answer:
                assert answer.status == 403

    visiting(studio, look, installer)
    assert studio.house.snapshot().session is None
