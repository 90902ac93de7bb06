"""Turns a visitor into a lead that sales wants: arrive, fill the form, get the magnet, engage, be handed to sales."""
