"""The engine: a JSON program in, Arrow out; nothing but numpy, pyarrow and the standard library, so it runs anywhere."""
