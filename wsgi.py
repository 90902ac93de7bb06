"""What a WSGI server imports: `wsgi:app`."""

from capture import schema
from capture.app import create_app

app = create_app()
schema.install(app)
