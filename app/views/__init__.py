"""One screen each: layout only, every number comes from the library."""
