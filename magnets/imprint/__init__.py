"""Makes one lead's own copy of a document in microseconds: prepared once per edition, imprinted for each lead."""

from magnets.imprint.prepare import prepare, prepare_open
from magnets.imprint.prepared import Copy, NotAnEdition, Prepared
from magnets.imprint.slots import PreparationFailed, Slot, Value

__all__ = ["Copy", "NotAnEdition", "PreparationFailed", "Prepared", "Slot", "Value", "prepare", "prepare_open"]
