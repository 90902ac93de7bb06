"""Refusals to programs, as problem documents (RFC 9457) with the challenge that RFC 6750 asks for."""

from flask import Blueprint, Response, request

from capture.errors import (
    BadCursor,
    DispositionRefused,
    KeyUsed,
    ParameterRefused,
    ScopeMissing,
    TokenRefused,
    WentOn,
)
from capture.web.errors import problem


def install(bp: Blueprint) -> None:
    """Answer the refusals that only this blueprint makes; all others are answered as everywhere."""
    bp.register_error_handler(TokenRefused, _unknown)
    bp.register_error_handler(ScopeMissing, _forbidden)
    bp.register_error_handler(BadCursor, _bad_cursor)
    bp.register_error_handler(ParameterRefused, _bad_parameter)
    bp.register_error_handler(DispositionRefused, _bad_decision)
    bp.register_error_handler(KeyUsed, _key_used)
    bp.register_error_handler(WentOn, _went_on)


def _unknown(refusal: TokenRefused) -> Response:
    answer = problem(401, str(refusal))
    error = ', error="invalid_token"' if refusal.was_given else ""
    answer.headers["WWW-Authenticate"] = f'Bearer realm="lodestone"{error}'
    return answer


def _forbidden(refusal: ScopeMissing) -> Response:
    answer = problem(403, str(refusal))
    challenge = f'Bearer realm="lodestone", error="insufficient_scope", scope="{refusal.scope}"'
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def _bad_cursor(refusal: BadCursor) -> Response:
    """A reader says it as `after`; a program that keeps its cursor here, as the member of its body."""
    return problem(422, str(refusal), parameter="after" if request.method == "GET" else "cursor")


def _bad_parameter(refusal: ParameterRefused) -> Response:
    return problem(422, str(refusal), parameter=refusal.parameter)


def _bad_decision(refusal: DispositionRefused) -> Response:
    return problem(422, str(refusal), parameter=refusal.field)


def _key_used(refusal: KeyUsed) -> Response:
    return problem(409, str(refusal), parameter="Idempotency-Key")


def _went_on(refusal: WentOn) -> Response:
    return problem(409, str(refusal), parameter="outcome")
