"""One file per group of commands: reads options, calls the library, prints."""
