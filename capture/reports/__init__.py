"""Numbers for marketing and sales: what each page brings, and who the leads are."""
