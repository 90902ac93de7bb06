"""`python -m capture.cli`: what the server starts its worker with."""

from capture.cli import main

main()
