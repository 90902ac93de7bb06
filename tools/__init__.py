"""Programs that the Makefile starts: they prepare a machine, run the checks, cut fonts and keep the catalogues."""
