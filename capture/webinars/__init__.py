"""The magnet that is an event: sessions, registrations, calendar, attendance."""
