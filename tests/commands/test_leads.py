"""`lodestone leads import`: people from elsewhere, seen first, then taken, then taken back."""

import sqlite3
from pathlib import Path

from click.testing import CliRunner

from capture import cli

LIST = """\
Vorname,Firma,Business mail,Badge,Rating
Ada,Alder Works,ada@alder.example,A-1,hot
Bo,Birch Ltd,bo@birch,A-2,
Ada,Alder Works,ADA@alder.example,A-3,warm
"""


def test_a_list_is_seen_first_then_taken_then_taken_back(tmp_path: Path) -> None:
    # With keys of its own nothing else has made the data folder yet.
    environment = {"LODESTONE_DATA": str(tmp_path / "data"), "LODESTONE_SECRET_KEYS": "k" * 64}
    file = tmp_path / "fair.csv"
    file.write_text(LIST)
    told = ("import", str(file), "--met-on", "2026-03-04", "--campaign", "Spring fair")

    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli.main, ["leads", *words], env=environment)
        assert done.exit_code == code, done.output
        return done.output

    assert "write the words that they agreed to" in run(*told, "--basis", "mail", code=1)
    assert "there is no “Nobody”" in run(*told, "--basis", "none", "--column", "Nobody=email", code=1)
    assert "“shoe_size” is none of" in run(*told, "--basis", "none", "--column", "Badge=shoe_size", code=1)

    plain = run(*told, "--basis", "none")
    assert "Badge: left out\n" in plain
    assert "Left out: Badge. --column HEADER=MEANING says what they are: email, first_name" in plain

    agreed = (*told, "--basis", "mail", "--wording", "Yes, write to me.", "--column", "Badge=note")
    for _ in range(2):
        assert run(*agreed) == (
            "Vorname: first name\nFirma: company\nBusiness mail: email\nBadge: note\nRating: warmth\n"
            "line 3  bo@birch: This is no e-mail address.\n"
            "line 4  -: The same address stands in line 2.\n"
            "line 2  ada@alder.example: new\n"
            "Of 3 rows: 1 new, 0 known, 2 refused.\n"
            "3 rows, 3 of them above. --load imports them.\n"
        )
    with sqlite3.connect(tmp_path / "data" / "lodestone.sqlite") as database:
        assert database.execute("SELECT count(*) FROM lead_import").fetchone() == (0,)  # looking keeps nothing
    loaded = run(*agreed, "--load")
    assert "1 new, 0 known before, 2 refused." in loaded
    assert "This is no e-mail address." in loaded
    assert "line 2  ada@alder.example: known" in run(*agreed)

    name = loaded.rsplit(" ", 1)[1].strip(".\n")
    outlook = run("release", name, code=1)
    assert outlook.startswith("0 leads are over both thresholds")
    assert "--handover all" in outlook
    assert outlook.count("Nobody goes over today; the choice is for those who get over them later.") == 1
    assert "is released" in run("release", name, "--handover", "all")
    assert "it was released already" in run("release", name, "--handover", "none", code=1)

    assert "0 stay" in run("take-back", name)
    assert "line 2  ada@alder.example: new" in run(*agreed)
    assert "no such import" in run("take-back", "nothing", code=1)
