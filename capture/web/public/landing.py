"""The public pages: what is offered, one landing page, the page after it, and what search engines read."""

from flask import Blueprint

bp = Blueprint("public", __name__)
