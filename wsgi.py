"""What a WSGI server imports: `wsgi:app`."""

from capture.app import create_app

app = create_app()
