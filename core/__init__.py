"""The core: no front end and no printing; front ends call it, it calls none of them."""
