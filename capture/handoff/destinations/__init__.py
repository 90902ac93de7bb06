"""Files for the systems around us: which columns each takes, what it would refuse, and the file itself."""
