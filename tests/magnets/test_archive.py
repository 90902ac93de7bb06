"""PDF/A-3u on demand: what is set for archives stays so in each copy, whatever the name is written in."""

import subprocess
from pathlib import Path

import pikepdf
import pytest
from pikepdf import PdfImage, Stream
from PIL import Image

from magnets.folder import read
from magnets.imprint import Prepared, prepare
from magnets.typeset import typeset
from tests.magnets.archives import archive_faults

THEMES = Path(__file__).parents[2] / "templates" / "magnets"
MAGNET = """format = 1
[magnet]
slug = "filed"
kind = "{kind}"
title = "Filed for good"
summary = "What is kept."
archive = true
[page]
next_step = {{ label = "Talk to us", url = "https://desk.northwind.example/" }}
[brand]
name = "Northwind Works"
[form]
fields = [{{ name = "email", kind = "email" }}]
"""
EBOOK = """# Kept

Words with a [link](https://reading.example/) and a note.[^1] fi ffi “quoted” — 5 × 3 = 15.

![A press](press.jpg)

![A pane](pane.png)

```chart bar
title: Accepted
Ads, 40
Events, 60
```

[^1]: It stands below.
"""
CHECKLIST = """# Before filing

- [ ] The file opens
- [x] The file says who it is for

![A press](press.jpg)

![A pane](pane.png)
"""


@pytest.mark.parametrize(("kind", "text"), [("ebook", EBOOK), ("checklist", CHECKLIST)])
def test_a_document_for_archives_is_one_in_each_copy(tmp_path: Path, kind: str, text: str) -> None:
    bundle = tmp_path / "filed"
    (bundle / "chapters").mkdir(parents=True)
    (bundle / "magnet.toml").write_text(MAGNET.format(kind=kind))
    (bundle / "chapters" / "01.md").write_text(text)
    Image.new("CMYK", (900, 600), (0, 200, 200, 0)).save(bundle / "press.jpg")
    Image.new("RGBA", (900, 600), (20, 90, 60, 128)).save(bundle / "pane.png")

    edition = tmp_path / "edition.pdf"
    edition.write_bytes(prepare(typeset(read(bundle), themes=THEMES).pdf))
    prepared = Prepared.open(edition)

    assert archive_faults(edition) == []
    for name in ("Ada Lovelace", "محمد عبد الله", "Nguyễn Văn Đỗ", "山田太郎"):
        copy = tmp_path / "copy.pdf"
        copy.write_bytes(b"".join(prepared.copy({"name": name}, link_prefix="https://l.example/k/").chunks()))
        assert archive_faults(copy) == []
        assert subprocess.run(["qpdf", "--check", copy], capture_output=True).returncode == 0
    with pikepdf.open(edition) as pdf:
        assert pdf.open_metadata()["pdfuaid:part"] == "1"
        pictures = [PdfImage(each) for each in pdf.objects if isinstance(each, Stream) and "/ColorSpace" in each]
        [press] = [
            each.as_pil_image() for each in pictures if each.colorspace == "/DeviceRGB" and "/SMask" not in each.obj
        ]
        red, green, blue = press.convert("RGB").resize((1, 1)).tobytes()
        assert min(red - 200, 90 - green, 90 - blue) > 0
