"""Copies as pdf.js reads them, the reader of Firefox; poppler, PDFium and MuPDF are asked elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from capture.db import db
from capture.delivery import copies, looks
from capture.pages import pages
from tests import stories
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

[PDFJS] = (Path(__file__).parent.parent.parent / ".test-tools").glob("pdfjs-dist-*")
EMPTY = "<!doctype html><link rel=icon href=data:,><title>Reader</title>"
HERE = "http://reader.localhost/"
READ = """async () => {
  const pdfjs = await import("/pdf.min.mjs");
  pdfjs.GlobalWorkerOptions.workerSrc = "/pdf.worker.min.mjs";
  const pdf = await pdfjs.getDocument({ url: "/copy.pdf", verbosity: 1 }).promise;
  const found = { text: [], links: [], fields: [], tagged: (await pdf.getMarkInfo())?.Marked,
    title: (await pdf.getMetadata()).info.Title, outline: (await pdf.getOutline() ?? []).length };
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    found.text.push((await page.getTextContent()).items.map((item) => item.str).join(" "));
    for (const note of await page.getAnnotations()) {
      if (note.url) found.links.push(note.url);
      if (note.fieldType) found.fields.push(note.alternativeText || note.fieldName);
    }
    const canvas = document.createElement("canvas");
    const viewport = page.getViewport({ scale: 0.3 });
    [canvas.width, canvas.height] = [viewport.width, viewport.height];
    await page.render({ canvas, viewport }).promise;
  }
  return found;
}"""


@pytest.mark.parametrize("slug", ["one-pipeline", "handoff-checklist", "pipeline-check-up"])
def test_a_copy_is_read_with_its_name_links_tags_and_fields(browse: Callable[..., Page], site: Site, slug: str) -> None:
    page, said = browse(), []
    page.on("console", lambda message: said.append(message.text) if message.type in ("warning", "error") else None)
    page.route(f"{HERE}**", _reader(_copy(site, slug)))
    page.goto(HERE)

    found: dict[str, Any] = page.evaluate(READ)

    text = " ".join(found["text"])
    assert ("Zoë" if slug == "handoff-checklist" else "Zoë Łukasz") in text
    assert found["title"]
    assert found["tagged"] is True
    assert found["outline"] > 0
    assert any(link.startswith("https://northwind.example") for link in found["links"])
    assert bool(found["fields"]) is (slug == "handoff-checklist")
    assert all(found["fields"])
    assert said == []


def _copy(site: Site, slug: str) -> bytes:
    """What somebody gets who filled the form."""
    with site.app.app_context():
        page = pages.by_slug(slug)
        assert page
        fill = stories.a_fill(email=f"{slug}@reader.example", first_name="Zoë", last_name="Łukasz")
        receipt = stories.submit(page, fill, form_key=f"pdfjs-{slug}")
        db.session.remove()
        look = looks.of(receipt.grant, receipt.new_cookie)
        assert look
        return b"".join(copies.of(look, site.app.extensions["lodestone"]).document.chunks())


def _reader(copy: bytes) -> Callable[[Route], None]:
    """Answers as a server with pdf.js and the copy would."""
    bodies = {part.name: part.read_bytes() for part in PDFJS.iterdir()}

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(HERE)
        if name in bodies:
            route.fulfill(body=bodies[name], content_type="text/javascript")
        elif name == "copy.pdf":
            route.fulfill(body=copy, content_type="application/pdf")
        else:
            route.fulfill(
                body="<!doctype html><link rel=icon href=data:,><title>Reader</title>", content_type="text/html"
            )

    return answer
