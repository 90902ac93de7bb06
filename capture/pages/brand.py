"""The brand of the installation: what every new draft begins with, and any other may take."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from capture.catalogue import parcels
from capture.catalogue.parcels import Files
from capture.db import insert_once, session
from capture.errors import DraftChanged, UploadRefused
from capture.pages import screens, sheets
from capture.pages.models import InstallationBrand
from capture.pages.sheets import Value, Values
from magnets.definition import define

_ITS_ROW = 1


def current(*, is_held: bool = False) -> InstallationBrand | None:
    """The brand, if somebody has set one; held until the transaction ends, so that saves come one after the other."""
    query = select(InstallationBrand)
    if is_held:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session().scalar(query)


def values(brand: InstallationBrand | None) -> dict[str, Value]:
    """What the screen shows of it."""
    return sheets.read(screens.BRAND, brand.definition if brand else {})


def logo(brand: InstallationBrand | None) -> str:
    """The path of its logo; empty where it has none."""
    return next(iter(brand.files), "") if brand else ""


def defined(typed: Values) -> Mapping[str, object]:
    """What was typed, as a magnet.toml has it. Raises UploadRefused, naming the control of what cannot be used."""
    table = sheets.table_of(sheets.write("", screens.BRAND, typed))
    _, findings = define(table, lambda *_: None)
    for entry in screens.BRAND:
        if fault := next((one for one in findings if one.stops and one.keys == entry.path), None):
            raise UploadRefused(screens.spoken(fault.message, fault.keys, table), entry.name)
    return table


def keep(
    brand: InstallationBrand | None, definition: Mapping[str, object], files: Files, *, by: str, at: datetime
) -> None:
    """This is the brand from now on. Raises DraftChanged where somebody has set the first one meanwhile."""
    facts = {"definition": dict(definition), "files": dict(files), "changed_at": at, "changed_by": by}
    if brand is None and not insert_once(InstallationBrand(id=_ITS_ROW, **facts)):
        raise DraftChanged("", at)
    for name, value in facts.items() if brand else ():
        setattr(brand, name, value)


def taken(brand: InstallationBrand, text: str, files: Files) -> tuple[str, Files]:
    """A magnet.toml that says what the brand says, and the logo where the draft has not that very picture.

    What the brand leaves empty stays as the draft has it.
    """
    said = {name: value for name, value in values(brand).items() if value}
    text = sheets.write(text, screens.BRAND, {**sheets.read(screens.BRAND, sheets.table_of(text)), **said})
    path = logo(brand)
    if not path or files.get(str(sheets.found(sheets.table_of(text), screens.LOGO[0].path))) == brand.files[path]:
        return text, {}
    name = parcels.picture_path(files, path)
    return sheets.write(text, screens.LOGO, {screens.LOGO[0].name: name}), {name: brand.files[path]}
