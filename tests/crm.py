"""A CRM on loopback that behaves as HubSpot's documentation (version 2026-09) says; it knows nothing of this product.

Contacts with properties and their history, owners, property definitions, search, GDPR deletion and the opt-out of all
e-mail; tokens, refusals by category, unique values, and the rolling limit of requests with `Retry-After`.
"""

import json
import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = dict[str, Any]

TOKEN = "pat-eu1-local"
READ_ONLY = {"hs_object_id", "createdate", "lastmodifieddate", "hs_email_optout"}
STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist")
STATUSES = (
    "NEW",
    "OPEN",
    "IN_PROGRESS",
    "OPEN_DEAL",
    "UNQUALIFIED",
    "ATTEMPTED_TO_CONTACT",
    "CONNECTED",
    "BAD_TIMING",
)
TEXTS = ("email", "firstname", "lastname", "jobtitle", "phone", "country", "company", "website", "hubspot_owner_id")
BATCH = 100
BATCH_WITH_HISTORY = 50
SEARCH_PAGE = 200
SEARCH_TOTAL = 10_000


@dataclass
class Property:
    kind: str
    options: tuple[str, ...] = ()
    unique: bool = False


def _built_in() -> dict[str, Property]:
    known = {name: Property("string") for name in (*TEXTS, *READ_ONLY)}
    known["email"].unique = True
    return known | {
        "lifecyclestage": Property("enumeration", STAGES),
        "hs_lead_status": Property("enumeration", STATUSES),
    }


@dataclass
class Contact:
    id: str
    properties: dict[str, str] = field(default_factory=dict)
    history: dict[str, list[Json]] = field(default_factory=dict)  # the newest first


class No(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, category: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"status": "error", "message": message, "category": category, "correlationId": "local", **more}
        self.headers: Mapping[str, str] = {}


@dataclass
class Crm:
    """The account, and how it disappoints: `limit` requests in `window` seconds, and as many `outages` as are left."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=_built_in)
    owners: dict[str, str] = field(default_factory=dict)  # address to id
    opted_out: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    unindexed: set[str] = field(default_factory=set)  # contacts whose change has not come into the search yet
    limit: int = 10_000
    window: float = 10.0
    outages: int = 0
    ahead: float = 0.0  # seconds by which its clock is wrong
    asked: list[tuple[str, str, int]] = field(default_factory=list)  # method, path, status
    url: str = ""
    _ids: Iterator[int] = field(default_factory=lambda: count(50_001))
    _recent: deque[float] = field(default_factory=deque)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # What a person does in its screens.

    def add(self, **properties: str) -> Contact:
        """A contact that was there before."""
        with self._lock:
            return self._make(properties)

    def set(self, contact: Contact, **properties: str) -> None:
        """Somebody changes a contact by hand."""
        with self._lock:
            self._write(contact, properties)

    def delete(self, contact: Contact) -> None:
        """Somebody puts a contact into the bin."""
        with self._lock:
            del self.contacts[contact.id]

    def by_email(self, email: str) -> Contact:
        with self._lock:
            [found] = [contact for contact in self.contacts.values() if contact.properties.get("email") == email]
            return found

    def writes(self) -> list[str]:
        """Every change that was asked for, in order."""
        reading = ("/search", "/batch/read")
        return [f"{way} {path}" for way, path, _ in self.asked if way != "GET" and not path.endswith(reading)]

    # What its interface does.

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Json, token: str) -> tuple[int, Json]:
        with self._lock:
            self._admit(token)
            for way, pattern, act in self._routes():
                found = re.fullmatch(pattern, path)
                if found and way == method:
                    return act(query, body, *(unquote(part) for part in found.groups()))
            raise No(404, "OBJECT_NOT_FOUND", "resource not found")

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, Json]]]]:
        contacts, statuses = "/crm/objects/2026-09/contacts", "/communication-preferences/2026-09/statuses"
        return [
            ("GET", "/crm/properties/2026-09/0-1/([^/]+)", self._property),
            ("POST", "/crm/properties/2026-09/0-1", self._define),
            ("GET", "/crm/owners/2026-09", self._owners),
            ("POST", f"{contacts}/batch/upsert", self._upsert),
            ("POST", f"{contacts}/batch/read", self._read),
            ("POST", f"{contacts}/search", self._search),
            ("POST", f"{contacts}/gdpr-delete", self._gdpr_delete),
            ("GET", f"{contacts}/([^/]+)", self._get),
            ("PATCH", f"{contacts}/([^/]+)", self._patch),
            ("GET", f"{statuses}/([^/]+)/unsubscribe-all", self._opted_out),
            ("POST", f"{statuses}/([^/]+)/unsubscribe-all", self._opt_out),
        ]

    def _admit(self, token: str) -> None:
        if self.outages:
            self.outages -= 1
            raise No(503, "SERVICE_UNAVAILABLE", "Service unavailable")
        if token != f"Bearer {TOKEN}":
            raise No(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - self.window:
            self._recent.popleft()
        if len(self._recent) >= self.limit:
            says = "You have reached your ten_secondly_rolling limit."
            no = No(429, "RATE_LIMITS", says, errorType="RATE_LIMIT", policyName="TEN_SECONDLY_ROLLING")
            no.headers = {"Retry-After": str(math.ceil(self._recent[0] + self.window - now))}
            raise no
        self._recent.append(now)

    def _property(self, query: Mapping[str, str], body: Json, name: str) -> tuple[int, Json]:
        if name not in self.properties:
            raise No(404, "OBJECT_NOT_FOUND", f"Property '{name}' does not exist")
        return 200, {"name": name, "hasUniqueValue": self.properties[name].unique}

    def _define(self, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        name, kind = body["name"], body["type"]
        if name in self.properties:
            raise No(409, "OBJECT_ALREADY_EXISTS", f"A property named '{name}' already exists.")
        if body["groupName"] != "contactinformation" or not body["label"] or not body["fieldType"]:
            raise No(400, "VALIDATION_ERROR", "Invalid input JSON")
        options = tuple(option["value"] for option in body.get("options", ()))
        if kind == "bool" and set(options) != {"true", "false"}:
            raise No(400, "VALIDATION_ERROR", "Boolean properties must have exactly two options: true and false")
        self.properties[name] = Property(kind, options, body.get("hasUniqueValue", False))
        return 201, body

    def _owners(self, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        wanted = query.get("email")
        found = [{"id": id, "email": email} for email, id in self.owners.items() if wanted in (None, email)]
        return 200, {"results": found[: int(query.get("limit", 100))]}

    def _get(self, query: Mapping[str, str], body: Json, value: str) -> tuple[int, Json]:
        contact = self._found(value, query.get("idProperty"))
        return 200, self._shown(contact, query.get("properties", "").split(","))

    def _patch(self, query: Mapping[str, str], body: Json, value: str) -> tuple[int, Json]:
        contact = self._found(value, query.get("idProperty"))
        self._check(contact, body["properties"])
        self._write(contact, body["properties"])
        return 200, self._shown(contact, body["properties"])

    def _upsert(self, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        self._check_batch(body, BATCH)
        results = []
        for given in body["inputs"]:
            by, value = given["idProperty"], given["id"]
            contact = self._by(by, value)
            new = contact is None
            properties = given["properties"] | {by: value}
            self._check(contact or Contact(""), properties)
            if contact is None:
                contact = self._make(properties)
            else:
                self._write(contact, properties)
            results.append(self._shown(contact, properties) | {"new": new})
        return 200, {"status": "COMPLETE", "results": results}

    def _read(self, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        history = body.get("propertiesWithHistory", [])
        self._check_batch(body, BATCH_WITH_HISTORY if history else BATCH)
        results = []
        for given in body["inputs"]:
            contact = self._by(body.get("idProperty"), given["id"])
            if contact is not None:
                shown = self._shown(contact, body.get("properties", []))
                shown["propertiesWithHistory"] = {name: contact.history.get(name, []) for name in history}
                results.append(shown)
        return 200, {"status": "COMPLETE", "results": results}

    def _search(self, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        after, limit = int(body.get("after", 0)), body.get("limit", 10)
        if limit > SEARCH_PAGE or after + limit > SEARCH_TOTAL:
            raise No(400, "VALIDATION_ERROR", "The total number of results may not exceed 10000")
        found = [c for c in self.contacts.values() if c.id not in self.unindexed and _fits(c, body["filterGroups"])]
        for sort in body.get("sorts", []):
            found.sort(
                key=lambda c: c.properties.get(sort["propertyName"], ""), reverse=sort["direction"] == "DESCENDING"
            )
        page = found[after : after + limit]
        answer: Json = {"total": len(found), "results": [self._shown(c, body["properties"]) for c in page]}
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return 200, answer

    def _gdpr_delete(self, query: Mapping[str, str], body: Json) -> tuple[int, Json]:
        contact = self._found(body["objectId"], body.get("idProperty"))
        del self.contacts[contact.id]
        self.blocked.add(contact.properties.get("email", ""))
        return 204, {}

    def _opted_out(self, query: Mapping[str, str], body: Json, email: str) -> tuple[int, Json]:
        results = [{"channel": "EMAIL", "status": "UNSUBSCRIBED", "subscriberIdString": email}]
        return 200, {"status": "COMPLETE", "results": results if email in self.opted_out else []}

    def _opt_out(self, query: Mapping[str, str], body: Json, email: str) -> tuple[int, Json]:
        if query.get("channel") != "EMAIL":
            raise No(400, "VALIDATION_ERROR", "channel is required")
        if email in self.opted_out:
            raise No(400, "VALIDATION_ERROR", f"{email} is already unsubscribed from all communications")
        self.opted_out.add(email)
        for contact in self.contacts.values():
            if contact.properties.get("email") == email:
                self._write(contact, {"hs_email_optout": "true"})
        return 200, {"status": "COMPLETE", "results": []}

    # What it holds.

    def _by(self, id_property: str | None, value: str) -> Contact | None:
        if id_property is None:
            return self.contacts.get(value)
        known = self.properties.get(id_property)
        if known is None or not known.unique:
            raise No(400, "VALIDATION_ERROR", f"Unable to use {id_property}: it is not a unique property")
        value = value.lower() if id_property == "email" else value
        return next((c for c in self.contacts.values() if c.properties.get(id_property) == value), None)

    def _found(self, value: str, id_property: str | None) -> Contact:
        contact = self._by(id_property, value)
        if contact is None:
            raise No(404, "OBJECT_NOT_FOUND", "resource not found")
        return contact

    def _shown(self, contact: Contact, names: Any) -> Json:
        defaults = ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname")
        known = [name for name in (*defaults, *names) if name in self.properties]
        return {"id": contact.id, "archived": False, "properties": {n: contact.properties.get(n) for n in known}}

    def _check_batch(self, body: Json, most: int) -> None:
        if not 0 < len(body["inputs"]) <= most:
            raise No(400, "VALIDATION_ERROR", f"The maximum number of records per batch is {most}")

    def _make(self, properties: Mapping[str, str]) -> Contact:
        contact = Contact(id=str(next(self._ids)))
        self.contacts[contact.id] = contact
        self._write(contact, {**properties, "hs_object_id": contact.id, "createdate": self._now()})
        return contact

    def _check(self, contact: Contact, given: Mapping[str, Any]) -> None:
        errors = [found for name, value in given.items() if (found := self._wrong(contact, name, value))]
        if errors:
            raise No(400, "VALIDATION_ERROR", f"Property values were not valid: {json.dumps(errors)}", errors=errors)
        for name in given:
            other = self._by(name, given[name]) if given[name] and self._is_unique(name) else None
            if other is not None and other is not contact:
                says = f"Contact already exists. Existing ID: {other.id}"
                raise No(409, "CONFLICT", says if name == "email" else f"{name}: {other.id} already has that value")

    def _is_unique(self, name: str) -> bool:
        return name in self.properties and self.properties[name].unique

    def _wrong(self, contact: Contact, name: str, value: Any) -> Json | None:
        def wrong(error: str, message: str) -> Json:
            return {"isValid": False, "name": name, "error": error, "message": message}

        known = self.properties.get(name)
        if known is None:
            return wrong("PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
        if name in READ_ONLY:
            return wrong("READ_ONLY_VALUE", f'"{name}" is a read only property')
        if not isinstance(value, str):
            return wrong("INVALID_STRING", f"{value!r} is not a string")
        if not value:
            return None
        if name == "email" and (not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", value) or value in self.blocked):
            return wrong("INVALID_EMAIL", f"Email address {value} is invalid")
        if name == "hubspot_owner_id" and value not in self.owners.values():
            return wrong("INVALID_OWNER_ID", f"{value} was not a valid owner id")
        if known.options and value not in known.options:
            return wrong("INVALID_OPTION", f"{value} was not one of the allowed options: {known.options}")
        if known.kind == "datetime" and not value.isdecimal():
            return wrong("INVALID_DATE", f"{value} was not a valid date")
        if name == "lifecyclestage" and STAGES.index(value) < STAGES.index(contact.properties.get(name, STAGES[0])):
            return wrong("INVALID_STAGE", "The lifecycle stage can only be set forward")
        return None

    def _now(self) -> str:
        return _iso(time.time() + self.ahead)

    def _write(self, contact: Contact, given: Mapping[str, str]) -> None:
        now = self._now()
        for name, value in given.items():
            if self.properties[name].kind == "datetime" and value:
                value = _iso(int(value) / 1000)
            value = value.lower() if name == "email" else value
            if contact.properties.get(name, "") != value:
                contact.properties[name] = value
                contact.history.setdefault(name, []).insert(0, {"value": value, "timestamp": now, "sourceType": "API"})
        contact.properties["lastmodifieddate"] = now


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fits(contact: Contact, groups: list[Json]) -> bool:
    return any(all(_passes(contact, one) for one in group["filters"]) for group in groups)


def _passes(contact: Contact, one: Json) -> bool:
    held = contact.properties.get(one["propertyName"])
    if one["operator"] == "HAS_PROPERTY":
        return bool(held)
    assert one["operator"] == "GTE", one
    return bool(held) and datetime.fromisoformat(held or "").timestamp() * 1000 >= int(one["value"])


@contextmanager
def serving(crm: Crm) -> Iterator[Crm]:
    """The account behind an address on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked = urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            query = {name: values[0] for name, values in parse_qs(asked.query).items()}
            headers: Mapping[str, str] = {}
            try:
                status, told = crm.answer(self.command, asked.path, query, body, self.headers.get("Authorization", ""))
            except No as no:
                status, told, headers = no.status, no.body, no.headers
            crm.asked.append((self.command, asked.path, status))
            said = b"" if status == 204 else json.dumps(told).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PATCH = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    crm.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield crm
    finally:
        server.shutdown()
        server.server_close()
