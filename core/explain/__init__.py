"""What a dataset is, in words and pictures: its layouts and columns explained, samples of what they give, and its relationships drawn."""
