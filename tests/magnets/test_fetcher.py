import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from pikepdf import Pdf, Stream
from PIL import Image
from weasyprint import HTML

from magnets import _renderer
from magnets._renderer import HTML_FILE, PDF_FILE, Job, Limits
from magnets.folder import read
from magnets.typeset import typeset
from tests.magnets.attacks import ATTACKS, OWN_PICTURES

THEMES = Path(__file__).parents[2] / "templates" / "magnets"
MARK = "the-secret-that-must-not-be-printed"
CSS = f'p::after {{ content: "{MARK}" }}'


@dataclass
class Listener:
    """Answers every request with a style sheet that carries the mark, and remembers that it was asked."""

    address: str = ""
    heard: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def server() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.heard.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/css")
            self.end_headers()
            self.wfile.write(CSS.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.address = f"http://127.0.0.1:{http.server_port}/x"
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield listener
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def listener(server: Listener) -> Listener:
    server.heard.clear()
    return server


@pytest.fixture
def secrets(tmp_path: Path) -> list[Path]:
    """Files beside the bundle: a text, a style sheet, a picture that carries the mark, and one of a certain size."""
    folder = tmp_path / "outside"
    folder.mkdir()
    text, style, drawing, picture = (folder / f"secret.{suffix}" for suffix in ("txt", "css", "svg", "png"))
    text.write_text(MARK)
    style.write_text(CSS)
    drawing.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><title>{MARK}</title></svg>')
    Image.new("RGB", (313, 117), "red").save(picture)
    return [text, style, drawing, picture]


def rendered(html: str, folder: Path, files: dict[str, str] | None = None) -> Path:
    """Straight to the renderer, in this process, without its other walls: the fetcher alone has to hold."""
    folder.mkdir(exist_ok=True)
    (folder / HTML_FILE).write_text(f'<html lang="en"><title>x</title>{html}')
    with suppress(_renderer.Stopped):
        _renderer.render(folder, Job(css=(), files=files or {}, limits=Limits()))
    return folder / PDF_FILE


def betrays(path: Path) -> bool:
    """Whether the document carries the mark, in words or in bytes, an attachment, or the picture."""
    if not path.exists():
        return False
    with Pdf.open(path) as pdf:
        streams = [thing for thing in pdf.objects if isinstance(thing, Stream)]
        pictures = [thing for thing in streams if thing.get("/Width") == 313 or thing.get("/Height") == 117]
        in_bytes = any(MARK.encode() in stream.read_bytes() for stream in streams if stream.get("/Subtype") != "/Image")
        return bool(pictures) or in_bytes or len(pdf.attachments) > 0 or MARK.encode() in path.read_bytes()


@pytest.mark.parametrize("name", ATTACKS)
def test_a_document_reaches_no_address(name: str, listener: Listener, tmp_path: Path) -> None:
    url = listener.address

    path = rendered(ATTACKS[name].format(url=url, quoted=quote(url)), tmp_path / "work")

    assert listener.heard == []
    assert not betrays(path)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_document_prints_no_file_that_is_not_its_own(name: str, secrets: list[Path], tmp_path: Path) -> None:
    html = "".join(
        ATTACKS[name].format(url=url, quoted=quote(url))
        for secret in secrets
        for url in (secret.as_uri(), str(secret), f"bundle:///..%2f..%2f{secret}", f"FILE://localhost{secret}")
    )

    assert not betrays(rendered(html, tmp_path / "work"))


@pytest.mark.parametrize("name", OWN_PICTURES)
def test_a_picture_of_the_bundle_may_not_load_more_than_itself(
    name: str, listener: Listener, secrets: list[Path], tmp_path: Path
) -> None:
    for number, url in enumerate([listener.address, *(secret.as_uri() for secret in secrets)]):
        picture = tmp_path / f"own-{number}.svg"
        picture.write_text(OWN_PICTURES[name].format(url=url))
        files = {"bundle:///own.svg": str(picture)}

        assert not betrays(rendered('<img alt="x" src="own.svg">', tmp_path / "work", files))
    assert listener.heard == []


def test_a_manuscript_reaches_nothing_whatever_is_written_into_it(
    listener: Listener, secrets: list[Path], tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "chapters").mkdir(parents=True)
    urls = [listener.address, *(secret.as_uri() for secret in secrets), "../../outside/secret.png"]
    attacks = [attack.format(url=url, quoted=quote(url)) for url in urls for attack in ATTACKS.values()]
    pictures = [f"![x]({url})\n\n![x][{number}]\n\n[{number}]: {url}" for number, url in enumerate(urls)]
    (bundle / "chapters" / "linked.png").symlink_to(secrets[-1])
    (bundle / "chapters" / "1.md").write_text("# One\n\n![x](linked.png)\n\n" + "\n\n".join([*pictures, *attacks]))
    (bundle / "magnet.toml").write_text(
        'format = 1\n[magnet]\nslug = "x"\nkind = "ebook"\n'
        f'title = "X <img src=\'{listener.address}\'>"\ncover = "{secrets[-1]}"\n'
    )

    made = typeset(read(bundle), themes=THEMES)

    path = tmp_path / "made.pdf"
    path.write_bytes(made.pdf)
    assert listener.heard == []
    assert not betrays(path)


@pytest.mark.parametrize("way", ["socket.create_connection(address)", "below(address)"], ids=["Python", "a library"])
def test_a_fault_in_the_renderer_could_not_reach_anybody_either(way: str, listener: Listener) -> None:
    """Code that runs in the renderer's process asks for an address, in Python or below it, where no hook looks."""
    script = f"""
import ctypes, socket, struct
from magnets._renderer import Limits, confine

def below(address):
    libc = ctypes.CDLL(None)
    wanted = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", address[1], socket.inet_aton(address[0]))
    plug = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    if libc.connect(plug, wanted, len(wanted)) == 0:
        request = b"GET /reached HTTP/1.0\\r\\n\\r\\n"
        libc.send(plug, request, len(request), 0)
        libc.recv(plug, ctypes.create_string_buffer(100), 100, 0)

address = ("127.0.0.1", {urlsplit(listener.address).port})
confine(Limits())
try:
    {way}
except PermissionError:
    pass
"""

    allowed = subprocess.run([sys.executable, "-c", "import magnets._renderer as r; exit(not r.leave_the_network())"])

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    hooks_alone = allowed.returncode != 0  # the kernel keeps its namespaces from us
    assert listener.heard == (["/reached"] if hooks_alone and "below" in way else [])


def test_what_is_refused_is_told(listener: Listener, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / HTML_FILE).write_text(f'<html lang="en"><title>x</title><img alt="x" src="{listener.address}">')

    outcome = _renderer.render(folder, Job(css=(), files={}, limits=Limits()))

    assert "may load its own files only" in str(outcome["warnings"])


def test_without_these_walls_the_listener_is_reached_and_the_secret_is_printed(
    listener: Listener, secrets: list[Path], tmp_path: Path
) -> None:
    """The proof that the tests above can fail."""
    reached, printed = set(), set()
    for name, attack in ATTACKS.items():
        listener.heard.clear()
        url = listener.address
        HTML(string=attack.format(url=url, quoted=quote(url))).render()
        if listener.heard:
            reached.add(name)
        for secret in secrets:
            path = tmp_path / "open.pdf"
            url = secret.as_uri()
            HTML(string=attack.format(url=url, quoted=quote(url))).write_pdf(path)
            if betrays(path):
                printed.add(name)

    assert len(reached) >= 21
    assert len(printed) >= 10
