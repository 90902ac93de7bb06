import re

from flask.testing import FlaskClient

from capture.web import static
from tests.stories import a_page


def test_static_files_are_kept_for_a_year_under_their_hash(client: FlaskClient) -> None:
    answer = client.get(static.asset("css/base.css"))

    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_an_address_of_another_release_gets_the_file_of_this_one_and_asks_again(client: FlaskClient) -> None:
    answer = client.get("/static/000000000000/css/base.css")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


def test_nothing_outside_the_folder_is_served(client: FlaskClient) -> None:
    for path in ("../config.py", "css/../../config.py", "%2e%2e/config.py", "css", ""):
        assert client.get(f"/static/{static.digest()}/{path}").status_code == 404, path


def test_text_is_squeezed_and_fonts_are_not(client: FlaskClient) -> None:
    def encoding(path: str) -> str | None:
        return client.get(static.asset(path), headers={"Accept-Encoding": "gzip"}).headers.get("Content-Encoding")

    assert encoding("css/base.css") == "gzip"
    assert encoding("fonts/inter.woff2") is None


def test_every_file_that_a_page_names_is_there(client: FlaskClient) -> None:
    a_page()
    page = client.get("/pricing-guide").get_data(as_text=True)

    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)

    assert len(named) >= 6
    assert {address: client.get(address).status_code for address in named} == dict.fromkeys(named, 200)


def test_fonts_and_modules_that_files_name_are_there(client: FlaskClient) -> None:
    for path in sorted(static.FOLDER.rglob("*.css")) + sorted(static.FOLDER.rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        for named in re.findall(r'url\("([^"]+)"\)|import "([^"]+)"', text):
            assert (path.parent / (named[0] or named[1])).is_file(), f"{path.name} names {named}"


def test_a_brand_has_a_stylesheet_and_a_word_has_none(client: FlaskClient) -> None:
    known, unknown = client.get(static.brand("#0B5A6B")), client.get("/static/x/brand/red.css")

    assert known.mimetype == "text/css"
    assert "--brand-hue" in known.get_data(as_text=True)
    assert unknown.status_code == 404


def test_the_first_view_of_a_landing_page_takes_less_than_50_kilobytes(client: FlaskClient) -> None:
    a_page()
    squeeze = {"Accept-Encoding": "gzip"}
    answer = client.get("/pricing-guide", headers=squeeze)
    page = client.get("/pricing-guide").get_data(as_text=True)
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    files |= {static.asset("fonts/inter.woff2"), static.asset("fonts/serif.woff2")}
    files |= {static.asset(f"js/{name}") for name in re.findall(r' "./([^"]+)";', _script("landing.js"))}

    size = len(answer.data) + sum(len(client.get(address, headers=squeeze).data) for address in files)

    assert size < 50_000


def _script(name: str) -> str:
    return (static.FOLDER / "js" / name).read_text(encoding="utf-8")
