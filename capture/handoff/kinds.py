"""What an entry of the sales feed can tell of, in words."""

from collections.abc import Mapping
from types import MappingProxyType

CREATED = "mql.created"

KINDS: Mapping[str, str] = MappingProxyType({CREATED: "A lead became an MQL"})
