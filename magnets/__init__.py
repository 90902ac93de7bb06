"""A library: makes a document out of a definition and plain values. It knows no lead, no database and no request."""
