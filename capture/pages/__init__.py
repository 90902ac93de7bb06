"""Landing pages, their forms and fields, versions, publishing."""
