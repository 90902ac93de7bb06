"""What we offer: magnets, their editions, where the documents lie."""
