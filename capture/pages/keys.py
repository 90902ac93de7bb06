"""Names in forms: what a field in a bundle may say, and what no field may be called."""

# Names that a form posts by itself.
OURS = frozenset({"form_key", "rendered_at", "subject_line", "csrf_token", "page_variant"})

FIELD_KEYS = (
    "key",
    "kind",
    "label",
    "hint",
    "required",
    "fills",
    "options",
    "min_length",
    "max_length",
    "min",
    "max",
    "pattern",
    "pattern_message",
    "work_email",
    "blocked_domains",
    "purpose",
    "wording",
    "value",
    "when",
    "ask",
    "step",
)
