"""How references draw: who is there to be drawn, one draw out of them, draws anew, and siblings that differ."""
